package auth_test

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/searchlight-bi/searchlight/auth"
)

var cheap = auth.Params{Memory: 64, Time: 1, Threads: 1}

func TestHashRoundTrip(t *testing.T) {
	ctx := context.Background()
	h := auth.NewHasher(auth.Params{}, bytes.NewReader(make([]byte, 64)))
	hash, err := h.Hash(ctx, "correct Horse 7")
	if err != nil {
		t.Fatal(err)
	}
	const prefix = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$"
	if !strings.HasPrefix(hash, prefix) {
		t.Fatalf("hash %s does not begin with %s", hash, prefix)
	}
	for password, want := range map[string]bool{"correct Horse 7": true, "correct horse 7": false, "": false} {
		match, outdated, err := h.Verify(ctx, hash, password)
		if err != nil || match != want || outdated {
			t.Errorf("Verify(%q) = %v, %v, %v; want %v, false, nil", password, match, outdated, err, want)
		}
	}
	if _, outdated, _ := auth.NewHasher(cheap, nil).Verify(ctx, hash, "correct Horse 7"); !outdated {
		t.Error("a hash of other costs is not outdated")
	}
}

func TestVerifyRefusesMalformedHashes(t *testing.T) {
	h := auth.NewHasher(cheap, nil)
	const salt, key = "AAAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	for _, hash := range []string{
		"", "plain", "$argon2i$v=19$m=64,t=1,p=1$" + salt + "$" + key, "$argon2id$v=16$m=64,t=1,p=1$" + salt + "$" + key,
		"$argon2id$v=19$m=99999999,t=1,p=1$" + salt + "$" + key, "$argon2id$v=19$m=64,t=0,p=1$" + salt + "$" + key,
		"$argon2id$v=19$m=64,t=1,p=1,x=2$" + salt + "$" + key, "$argon2id$v=19$m=64,t=1,p=1$$" + key,
		"$argon2id$v=19$m=64,t=1,p=1$" + salt + "$", "$argon2id$v=19$m=64,t=1,p=1$" + salt + "$!" + key,
	} {
		if match, _, err := h.Verify(context.Background(), hash, ""); err == nil || match {
			t.Errorf("Verify of %q: match %v, error %v", hash, match, err)
		}
	}
}

func TestHashWaitsForItsTurn(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	h := auth.NewHasher(auth.Params{Memory: 1 << 16, Time: 1, Threads: 1}, nil)
	// Of eight at once at most four run; the rest give up with their context.
	done := make(chan error, 8)
	for range 4 {
		go func() { _, err := h.Hash(context.Background(), "x"); done <- err }()
	}
	time.Sleep(50 * time.Millisecond) // the four take much longer to finish
	for range 4 {
		go func() { _, err := h.Hash(ctx, "x"); done <- err }()
	}
	failed := 0
	for range 8 {
		if <-done != nil {
			failed++
		}
	}
	if failed != 4 {
		t.Errorf("%d of 8 gave up, want 4", failed)
	}
}
