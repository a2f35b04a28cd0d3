package saml_test

import (
	"bytes"
	"net"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/beevik/etree"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/auth/saml"
)

func TestT71_TextOfNameID(t *testing.T) {
	b := newBench(t, nil)
	b.user(searchlight.User{Name: "admin", Type: searchlight.SAMLUser, Identity: idpID + " admin"})
	replace := func(value string) func([]byte) []byte {
		return func(text []byte) []byte {
			return bytes.Replace(text, []byte(">admin.evil<"), []byte(">"+value+"<"), 1)
		}
	}
	for _, c := range []struct {
		name   string
		change func([]byte) []byte
		reason string // empty: admin.evil is signed in
	}{
		{"comment", replace("admin<!-- -->.evil"), ""},
		{"two comments", replace("<!--a-->admin<!----><!--b-->.evil"), ""},
		{"character reference", replace("admin&#46;evil"), ""},
		{"CDATA", replace("admin<![CDATA[.evil]]>"), "CDATA section"},
		{"processing instruction", replace("admin<?evil?>.evil"), "processing instruction"},
		{"unknown entity", replace("admin&x;.evil"), "no XML"},
		{"entity", func(text []byte) []byte {
			return append([]byte(`<!DOCTYPE r [<!ENTITY x "">]>`), replace("admin&x;.evil")(text)...)
		}, "DOCTYPE"},
		{"element", replace("admin<b/>.evil"), "the signature of the"},
	} {
		for _, signed := range []string{"assertion", "response"} {
			t.Run(c.name+"/"+signed, func(t *testing.T) {
				b.t = t
				br := b.begin("", "")
				s := b.spec(br, "admin.evil")
				s.signed = signed
				altered := c.change(s.text())
				if bytes.Equal(altered, s.text()) && c.name != "" {
					t.Fatal("the fixture changes nothing")
				}
				if c.reason != "" {
					b.refuse(altered, br, c.reason)
				} else if a := b.accept(altered, br); a.SignIn.Subject.User.Name != "admin.evil" {
					t.Errorf("%q is signed in", a.SignIn.Subject.User.Name)
				}
			})
		}
	}
	t.Run("signed with an element inside", func(t *testing.T) {
		b.t = t
		br := b.begin("", "")
		s := b.spec(br, "admin")
		s.change = func(root *etree.Element) { root.FindElement("//saml:NameID").CreateElement("saml:evil") }
		b.refuse(s.text(), br, "NameID holds more than text")
	})
}

func TestT82_Confusion(t *testing.T) {
	b := newBench(t, nil)
	cases := []struct {
		name   string
		change func(s *spec, text []byte) []byte
		reason string
	}{
		// GO-2026-4753 and its like: a digest that can be read in two ways.
		{"comment in the digest", func(_ *spec, text []byte) []byte {
			return bytes.Replace(text, []byte("<ds:DigestValue>"), []byte("<ds:DigestValue><!--x-->"), 1)
		}, "its DigestValue holds more than text"},
		{"second SignedInfo", func(_ *spec, text []byte) []byte {
			i, j := bytes.Index(text, []byte("<ds:SignedInfo>")), bytes.Index(text, []byte("</ds:SignedInfo>"))+len("</ds:SignedInfo>")
			return append(append(bytes.Clone(text[:j]), text[i:j]...), text[j:]...)
		}, "no SignatureValue where it belongs"},
		// CVE-2020-27846: names that change when they are written again.
		{"name with a second colon", func(_ *spec, text []byte) []byte {
			return bytes.Replace(text, []byte("<saml:Subject>"), []byte("<saml:Subject x:y:z=''>"), 1)
		}, ""},
		{"default namespace again", func(_ *spec, text []byte) []byte {
			return bytes.Replace(text, []byte("<saml:Subject>"), []byte(`<saml:Subject xmlns="urn:x" xmlns:="urn:y">`), 1)
		}, ""},
		{"attribute twice", func(_ *spec, text []byte) []byte {
			return bytes.Replace(text, []byte(" Version="), []byte(` Destination="https://evil.example.com" Version=`), 1)
		}, "stands twice"},
		{"two ids", func(s *spec, text []byte) []byte {
			return bytes.Replace(text, []byte(" Version="), []byte(` x:ID="_x" xmlns:x="urn:x" Version=`), 1)
		}, "more than one id"},
		{"id in another spelling", func(s *spec, text []byte) []byte {
			return bytes.Replace(text, []byte("<saml:Subject>"), []byte(`<saml:Subject Id="`+s.id+`">`), 1)
		}, "stands twice"},
		{"another root", func(_ *spec, text []byte) []byte { return append(text, "<x/>"...) }, "more than one outermost element"},
		{"text behind the root", func(_ *spec, text []byte) []byte { return append(text, "x"...) }, "text outside"},
		{"other encoding", func(_ *spec, text []byte) []byte {
			return append([]byte(`<?xml version="1.0" encoding="ISO-8859-1"?>`), text...)
		}, "not in UTF-8"},
		{"no UTF-8", func(_ *spec, text []byte) []byte { return append([]byte("\xff"), text...) }, "not in UTF-8"},
		{"stylesheet", func(_ *spec, text []byte) []byte {
			return append([]byte(`<?xml version="1.0"?><?xml-stylesheet href="x"?>`), text...)
		}, "processing instruction"},
		{"nothing", func(*spec, []byte) []byte { return nil }, "no element"},
		{"depth", func(_ *spec, text []byte) []byte {
			deep := strings.Repeat("<x>", 100) + strings.Repeat("</x>", 100)
			return bytes.Replace(text, []byte("<saml:Subject>"), []byte("<samlp:Extensions>"+deep+"</samlp:Extensions><saml:Subject>"), 1)
		}, "nested more than 64 deep"},
		{"not closed", func(_ *spec, text []byte) []byte { return text[:len(text)-3] }, "no XML"},
	}
	for _, c := range cases {
		for _, signed := range []string{"assertion", "response"} {
			t.Run(c.name+"/"+signed, func(t *testing.T) {
				b.t = t
				br := b.begin("", "")
				s := b.spec(br, "anna")
				s.signed = signed
				b.refuse(c.change(&s, s.text()), br, c.reason)
			})
		}
	}
	t.Run("declaration", func(t *testing.T) {
		b.t = t
		br := b.begin("", "")
		b.accept(append([]byte(`<?xml version="1.0" encoding="UTF-8"?>`+"\n"), b.spec(br, "anna").text()...), br)
	})
}

// The flaws that these tests are about were in older versions of the library.
func TestT82_LibraryIsMended(t *testing.T) {
	text, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`github\.com/russellhaering/goxmldsig v(\d+)\.(\d+)\.(\d+)`).FindSubmatch(text)
	if found == nil {
		t.Fatal("go.mod does not require goxmldsig")
	}
	var version [3]int
	for i := range version {
		if version[i], err = strconv.Atoi(string(found[i+1])); err != nil {
			t.Fatal(err)
		}
	}
	if slices.Compare(version[:], []int{1, 6, 1}) < 0 {
		t.Errorf("goxmldsig %v has GO-2026-4753; it needs 1.6.1", version)
	}
}

func TestT43_ExternalEntities(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	called := make(chan struct{})
	go func() {
		if c, err := listener.Accept(); err == nil {
			_ = c.Close()
			close(called)
		}
	}()
	defer func() {
		_ = listener.Close()
		select {
		case <-called:
			t.Error("the document made somebody call")
		default:
		}
	}()
	b := newBench(t, nil)
	prologs := []string{
		`<!DOCTYPE r SYSTEM "http://` + listener.Addr().String() + `/evil.dtd">`,
		`<!DOCTYPE r [<!ENTITY e SYSTEM "file:///etc/passwd">]>`,
		`<!DOCTYPE r [<!ENTITY % p SYSTEM "http://` + listener.Addr().String() + `/evil.dtd"> %p;]>`,
		`<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>`,
		`<!doctype r>`,
	}
	for _, prolog := range prologs {
		br := b.begin("", "")
		b.refuse(append([]byte(prolog), b.spec(br, "anna").text()...), br, "DOCTYPE")
		broken := b.config
		broken.Sources = []saml.Source{fixed(append([]byte(prolog), idpMetadata(idpID, good.cert)...))}
		if _, err := saml.Open(t.Context(), broken); err == nil || !strings.Contains(err.Error(), "DOCTYPE") {
			t.Errorf("metadata with %s: %v", prolog, err)
		}
	}
}
