package main

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestAuditCommands(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	mustRun := func(t *testing.T, stdin string, args ...string) string {
		t.Helper()
		code, out, errs := program(stdin, args...)
		if code != 0 {
			t.Fatalf("%q: %d %s", args, code, errs)
		}
		return out
	}
	if out := mustRun(t, "secret Horse 7\n", "user", "add", "ada", "--data-dir", dir); !strings.Contains(out, "Created ada") {
		t.Error(out)
	}
	var types []string
	for line := range strings.Lines(mustRun(t, "", "audit", "export", "--since", "1h", "--data-dir", dir)) {
		var record struct {
			Sequence int64
			Entry    struct{ Type, UserName string }
			Hash     string
		}
		if err := json.Unmarshal([]byte(line), &record); err != nil || len(record.Hash) != 64 || record.Sequence != int64(len(types)+1) {
			t.Fatalf("%s: %v", line, err)
		}
		types = append(types, record.Entry.Type+" by "+record.Entry.UserName)
	}
	if got := strings.Join(types, ", "); got != "USERS_CREATED by su, AUDIT_READ by su" {
		t.Error(got)
	}
	if out := mustRun(t, "", "audit", "verify", "--data-dir", dir); out != "The audit log is whole: 2 records\n" {
		t.Error(out)
	}
}
