package auth_test

import (
	"strings"
	"testing"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/auth"
)

func TestPolicy(t *testing.T) {
	user := &searchlight.User{Name: "mlopez", DisplayName: "Maria Lopez X"}
	tests := []struct {
		policy   auth.Policy
		password string
		want     string // part of the message; empty: accepted
	}{
		{password: "correct Horse 7"},
		{password: "Grün-und-blau-3"},
		{password: "correctHorse7"},
		{password: "short 7A", want: "at least 10 characters"},
		{password: "correcthorse battery", want: "three of these"},
		{password: strings.Repeat("aB3", 86), want: "longer than 256 bytes"},
		{password: "Password123!", want: "most common"},
		{password: "P@ssw0rd2026", want: "most common"},
		{password: "Qwertyuiop1!", want: "most common"},
		{password: "x MLopez 77", want: "user name"},
		{password: "77 mariA is here", want: "first or the last name"},
		{password: "abc\x00DEF123456", want: "cannot be typed"},
		{password: "abc\xffDEF123456", want: "cannot be typed"},
		{policy: auth.Policy{MinLength: 6}, password: "Ab3 xy"},
		{policy: auth.Policy{MinLength: 15, AnyClasses: true}, password: "correcthorsebattery"},
		{policy: auth.Policy{MinLength: 12, AnyClasses: true}, password: "correcthorsebattery", want: "three of these"},
	}
	for _, tt := range tests {
		err := tt.policy.Check(tt.password, user)
		switch {
		case tt.want == "" && err != nil:
			t.Errorf("%q: %v, want it accepted", tt.password, err)
		case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want) || searchlight.CodeOf(err) != searchlight.CodeInvalid):
			t.Errorf("%q: %v, want a message with %q", tt.password, err, tt.want)
		}
		if err != nil && strings.Contains(err.Error(), tt.password) {
			t.Errorf("the message repeats the password: %v", err)
		}
	}
}
