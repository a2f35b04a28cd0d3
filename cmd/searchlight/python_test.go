package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// pythonVariable names a Python interpreter that has the public client of
// API v1; scripts/python-client.sh makes one.
const pythonVariable = "SEARCHLIGHT_TEST_PYTHON"

// runPython runs a program of testdata, which checks what it gets, against a
// server with the fixture, and returns its summary.
func runPython(t *testing.T, program string) (summary map[string]any) {
	t.Helper()
	python := os.Getenv(pythonVariable)
	if python == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal(pythonVariable + " is not set")
		}
		t.Skip(pythonVariable + " is not set; scripts/python-client.sh prints an interpreter for it")
	}
	server, _ := withFixture(t)
	command := exec.Command(python, program, server.base, "tsadmin", password)
	var errs strings.Builder
	command.Stderr = &errs
	out, err := command.Output()
	if err != nil {
		t.Fatalf("%v\n%s\n%s", err, out, errs.String())
	}
	if err := json.Unmarshal(out, &summary); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return summary
}

func TestPythonClient(t *testing.T) {
	t.Parallel()
	got := runPython(t, "testdata/client.py")
	want := map[string]any{
		"tables":      []any{"lines", "orders", "products", "returns", "sales", "stores"},
		"worksheets":  []any{"Orders", "Retail", "Sales"},
		"connections": 1.0,
		"columns":     []any{"Region", "Total Amount"},
		"compact":     []any{[]any{"", 160.0}, []any{"East", 335.0}, []any{"South East", 140.0}, []any{"West", 328.0}, []any{nil, 0.0}},
		"full":        map[string]any{"Region": "East", "Total Amount": 335.0},
		"paged":       13.0,
		"renamed":     "Sales of it's \"own\" – größer",
		"refused":     []any{"SyntaxError", "HTTPError 400", "HTTPError 401"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestPythonClientManagesPeople(t *testing.T) {
	t.Parallel()
	got := runPython(t, "testdata/people.py")
	want := map[string]any{
		"total":   []any{[]any{963.0}},
		"columns": 12.0,
		"events": []any{
			"ACCESS_DENIED", "AUDIT_READ", "AUTH_TOKEN_CREATED_SUCCESSFULLY", "CREATE_MODEL", "DELETE_TABLES", "FAVORITES_CHANGED",
			"LOGIN_FAILED", "LOGIN_SUCCESSFUL", "OWNERSHIP_TRANSFERRED", "PREFERENCES_CHANGED", "PRINCIPALS_IN_GROUP_UPDATE",
			"PRIVILEGE_CHANGES", "SESSIONS_INVALIDATED", "SHARE_OBJECTS", "TAGS_CHANGED", "TML_IMPORTED", "TRUSTED_AUTH_CHANGED",
			"UPDATE_PASSWORD", "USERS_CREATED", "USERS_MODIFIED", "USER_GROUPS_CREATED",
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
