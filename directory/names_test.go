package directory_test

import (
	"strings"
	"testing"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/directory"
)

func TestNames(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"a", `User "3"`, "O'Brien", "mlopez@example.com", "Sales Team, East", "Zoë Straße", "张伟", "محمد", "tsadmin2", strings.Repeat("é", 128), "a/b\\c", "<b>",
	} {
		if err := directory.CheckName(name); err != nil {
			t.Errorf("%q is refused: %v", name, err)
		}
	}
	for name, text := range map[string]string{
		"":                       "1 to 128",
		strings.Repeat("é", 129): "1 to 128",
		"\xff":                   "1 to 128",
		" a":                     "begins or ends",
		"a ":                     "begins or ends",
		"\u00a0":                 "begins or ends",
		"a\x00b":                 "U+0000",
		"a\nb":                   "U+000A",
		"a\u0085b":               "U+0085",
		"a\u00a0b":               "U+00A0",
		"a\u2003b":               "U+2003",
		"a\u3000b":               "U+3000",
		"a\u200bb":               "U+200B",
		"a\u202eb":               "U+202E",
		"a\u2066b":               "U+2066",
		"a\u061cb":               "U+061C",
		"a\u00adb":               "U+00AD",
		"a\u3164b":               "U+3164",
		"a\u2800b":               "U+2800",
		"a\ufe0fb":               "U+FE0F",
		"a\ufffdb":               "U+FFFD",
		"tsadmin":                "reserved",
		"TsAdmin":                "reserved",
		"SU":                     "reserved",
		"ｓｕ":                     "reserved",
		"𝐬𝐲𝐬𝐭𝐞𝐦":                 "reserved",
		"Guest":                  "reserved",
		"ALL":                    "reserved",
		"Administrator":          "reserved",
	} {
		err := directory.CheckName(name)
		if err == nil || searchlight.CodeOf(err) != searchlight.CodeInvalid || !strings.Contains(err.Error(), text) {
			t.Errorf("%q: %v; want invalid with %q", name, err, text)
		}
	}
}
