package saml

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"net/url"

	"github.com/beevik/etree"
	crewjam "github.com/crewjam/saml"
	dsig "github.com/russellhaering/goxmldsig"
)

// Message is what a browser carries to an identity provider.
type Message struct {
	// Location is where it goes: with GET, unless there are Fields.
	Location string
	// Fields are those of a form to be posted there.
	Fields []Field
}

// Field is a field of a form.
type Field struct{ Name, Value string }

// outgoing is a message that is ready but for its binding.
type outgoing struct {
	parameter string // SAMLRequest or SAMLResponse
	binding   string
	location  string
	relay     string // may be empty
	signed    bool
	// element makes the message, with a signature or, when it is nil, without.
	element func(signature *etree.Element) *etree.Element
}

const signatureMethod = dsig.RSASHA256SignatureMethod

func (p *Provider) signing() (*dsig.SigningContext, error) {
	return crewjam.GetSigningContext(&crewjam.ServiceProvider{Key: p.key.key, Certificate: p.key.certificate, SignatureMethod: signatureMethod})
}

// pack puts a message into the form of its binding.
func (p *Provider) pack(o outgoing) (*Message, error) {
	if o.binding == crewjam.HTTPRedirectBinding {
		return p.packQuery(o)
	}
	var signature *etree.Element
	if o.signed {
		context, err := p.signing()
		if err != nil {
			return nil, err
		}
		if signature, err = context.ConstructSignature(o.element(nil), true); err != nil {
			return nil, err
		}
	}
	text, err := write(o.element(signature))
	if err != nil {
		return nil, err
	}
	m := &Message{Location: o.location, Fields: []Field{{o.parameter, base64.StdEncoding.EncodeToString(text)}}}
	if o.relay != "" {
		m.Fields = append(m.Fields, Field{"RelayState", o.relay})
	}
	return m, nil
}

// packQuery writes the parameters in the order in which they are signed.
func (p *Provider) packQuery(o outgoing) (*Message, error) {
	text, err := write(o.element(nil))
	if err != nil {
		return nil, err
	}
	query := o.parameter + "=" + url.QueryEscape(base64.StdEncoding.EncodeToString(deflate(text)))
	if o.relay != "" {
		query += "&RelayState=" + url.QueryEscape(o.relay)
	}
	if o.signed {
		query += "&SigAlg=" + url.QueryEscape(signatureMethod)
		context, err := p.signing()
		if err != nil {
			return nil, err
		}
		signature, err := context.SignString(query)
		if err != nil {
			return nil, err
		}
		query += "&Signature=" + url.QueryEscape(base64.StdEncoding.EncodeToString(signature))
	}
	u, err := url.Parse(o.location)
	if err != nil {
		return nil, err
	}
	if u.RawQuery != "" {
		query = u.RawQuery + "&" + query
	}
	u.RawQuery = query
	return &Message{Location: u.String()}, nil
}

func write(e *etree.Element) ([]byte, error) {
	doc := etree.NewDocument()
	doc.SetRoot(e)
	return doc.WriteToBytes()
}

func deflate(text []byte) []byte {
	var b bytes.Buffer
	w, _ := flate.NewWriter(&b, flate.BestCompression) // it fails for unknown levels alone
	_, _ = w.Write(text)                               // a buffer takes everything
	_ = w.Close()
	return b.Bytes()
}
