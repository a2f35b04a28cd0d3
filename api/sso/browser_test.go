package sso_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	crewjam "github.com/crewjam/saml"
)

// browserVariable names a Chromium; scripts/chromium.sh finds or installs one.
const browserVariable = "SEARCHLIGHT_TEST_BROWSER"

// browser is a real one, without a window.
type browser struct {
	t   *testing.T
	ctx context.Context
}

func newBrowser(t *testing.T) *browser {
	t.Helper()
	path := os.Getenv(browserVariable)
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path == "" {
			path, _ = exec.LookPath(name)
		}
	}
	if path == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("there is no Chromium, and " + browserVariable + " is not set")
		}
		t.Skip("there is no Chromium; scripts/chromium.sh installs one, or set " + browserVariable)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()),
		chromedp.NoSandbox, chromedp.DisableGPU, chromedp.IgnoreCertErrors, chromedp.Flag("disable-dev-shm-usage", true))
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	return &browser{t, ctx}
}

// step does one thing, which takes a while at most.
func step[T any](b *browser, what string, action chromedp.Action[T]) T {
	b.t.Helper()
	done := make(chan struct{})
	timer := time.AfterFunc(30*time.Second, func() {
		select {
		case <-done:
		default:
			_ = chromedp.Cancel(b.ctx) // the step fails by that
		}
	})
	value, err := chromedp.Run(b.ctx, action)
	close(done)
	timer.Stop()
	if err != nil {
		b.t.Fatalf("%s: %v", what, err)
	}
	return value
}

func (b *browser) open(address string) { step(b, "open "+address, chromedp.Navigate(address)) }

// script is what a page's script comes to.
func (b *browser) script(text string) string {
	b.t.Helper()
	return step(b, text, chromedp.Evaluate[string](text, chromedp.EvalAwaitPromise))
}

// waitFor waits until the browser shows an address.
func (b *browser) waitFor(address string) {
	b.t.Helper()
	const question = `location.href + " " + document.readyState`
	at := ""
	for range 500 {
		var err error
		if at, err = chromedp.Run(b.ctx, chromedp.Evaluate[string](question)); err == nil && at == address+" complete" {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	b.t.Fatalf("the browser is at %s, not at %s", at, address)
}

// A real browser keeps cookies, scripts and forms to its rules: the answer of
// the identity provider is a post from another site, and pages that post
// themselves have a content security policy.
func TestRoundInBrowser(t *testing.T) {
	b := newBrowser(t)
	for _, c := range []struct{ name, without, end string }{
		{"redirect", crewjam.HTTPPostBinding, "?SAMLResponse=x"},
		{"post", crewjam.HTTPRedirectBinding, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			b.t = t
			i := startIDP(t, true)
			s := newSite(t, bytes.ReplaceAll(i.metadata, []byte(`Binding="`+c.without+`"`), []byte(`Binding="urn:other"`)), nil)
			i.trust(t, s)
			const whoAmI = `fetch("/callosum/v1/session/info").then(r => r.ok ? r.json().then(i => i.userName) : "nobody: " + r.status)`

			b.open(s.url + "/")
			if who := b.script(whoAmI); who != "nobody: 401" {
				t.Errorf("at the beginning: %s", who)
			}
			b.open(s.url + "/callosum/v1/saml/login?targetURLPath=%2F%23%2Fpinboard%2F7")
			step(b, "the form of the identity provider", chromedp.SendKeys(`input[name=user]`, "anna"))
			step(b, "the password", chromedp.SendKeys(`input[name=password]`, idpPassword))
			step(b, "the button", chromedp.Click(`input[type=submit]`))
			b.waitFor(s.url + "/#/pinboard/7")
			if who := b.script(whoAmI); who != "anna" {
				t.Errorf("after the sign-in: %s", who)
			}
			b.script(`(() => { const f = document.createElement("form"); f.method = "post"; f.action = "/callosum/v1/saml/slo"; document.body.append(f); f.submit(); return "" })()`)
			b.waitFor(s.url + "/callosum/v1/saml/slo" + c.end)
			if title := step(b, "the title", chromedp.Text(`h1`)); title != "You have signed out" {
				t.Errorf("the page says %q", title)
			}
			b.open(s.url + "/") // pages of single sign-on may call nobody
			if who := b.script(whoAmI); who != "nobody: 401" {
				t.Errorf("after the log-out: %s", who)
			}
		})
	}
}
