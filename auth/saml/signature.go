package saml

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"
	"github.com/russellhaering/goxmldsig/etreeutils"
)

// signatureMethods are the accepted ways of signing. SHA-1 and keys that both
// sides share are not among them.
var signatureMethods = map[string]x509.SignatureAlgorithm{
	dsig.RSASHA256SignatureMethod:   x509.SHA256WithRSA,
	dsig.RSASHA384SignatureMethod:   x509.SHA384WithRSA,
	dsig.RSASHA512SignatureMethod:   x509.SHA512WithRSA,
	dsig.ECDSASHA256SignatureMethod: x509.ECDSAWithSHA256,
	dsig.ECDSASHA384SignatureMethod: x509.ECDSAWithSHA384,
	dsig.ECDSASHA512SignatureMethod: x509.ECDSAWithSHA512,
}

// digestMethods are the accepted digests of what is signed.
var digestMethods = []string{
	"http://www.w3.org/2001/04/xmlenc#sha256",
	"http://www.w3.org/2001/04/xmldsig-more#sha384",
	"http://www.w3.org/2001/04/xmlenc#sha512",
}

const (
	minRSABits   = 2048
	minCurveBits = 256
)

// checkKey refuses keys that are too short to be trusted.
func checkKey(key crypto.PublicKey) error {
	switch k := key.(type) {
	case *rsa.PublicKey:
		if k.N.BitLen() < minRSABits {
			return fmt.Errorf("its RSA key has %d bits; it needs %d", k.N.BitLen(), minRSABits)
		}
	case *ecdsa.PublicKey:
		if k.Curve.Params().BitSize < minCurveBits {
			return fmt.Errorf("its curve has %d bits; it needs %d", k.Curve.Params().BitSize, minCurveBits)
		}
	default:
		return fmt.Errorf("its key is of the kind %T; RSA and ECDSA are understood", key)
	}
	return nil
}

// verify returns what the signature of an element covers, read again from the
// signed bytes and without the signature. Keys come from the configuration
// alone: what the message says about its key is thrown away unread.
func verify(e *etree.Element, certificates []*x509.Certificate, now time.Time) (*etree.Element, error) {
	signature := signatureOf(e)
	if signature == nil {
		return nil, fmt.Errorf("the %s is not signed", e.Tag)
	}
	if err := checkSignature(signature, attribute(e, "ID")); err != nil {
		return nil, fmt.Errorf("the signature of the %s: %w", e.Tag, err)
	}
	valid, err := validAt(certificates, now)
	if err != nil {
		return nil, err
	}
	var failure error
	for _, certificate := range valid {
		signed, err := verifyWith(e, certificate, now)
		if err == nil && (signed.Tag != e.Tag || signed.NamespaceURI() != e.NamespaceURI() || attribute(signed, "ID") != attribute(e, "ID")) {
			err = errors.New("it covers another element")
		}
		if err == nil {
			return signed, nil
		}
		failure = err
	}
	return nil, fmt.Errorf("the signature of the %s: %w", e.Tag, failure)
}

// validAt are the certificates that are valid at a time, at least one.
func validAt(certificates []*x509.Certificate, now time.Time) ([]*x509.Certificate, error) {
	valid := slices.DeleteFunc(slices.Clone(certificates), func(c *x509.Certificate) bool {
		return now.Before(c.NotBefore) || now.After(c.NotAfter)
	})
	if len(valid) == 0 {
		return nil, errors.New("every certificate of the identity provider has expired, or is not valid yet")
	}
	return valid, nil
}

func verifyWith(e *etree.Element, certificate *x509.Certificate, now time.Time) (*etree.Element, error) {
	context, err := etreeutils.NSBuildParentContext(e)
	if err != nil {
		return nil, err
	}
	if context, err = context.SubContext(e); err != nil {
		return nil, err
	}
	detached, err := etreeutils.NSDetatch(context, e)
	if err != nil {
		return nil, err
	}
	signature := signatureOf(detached)
	for _, info := range children(signature, nsSignature, dsig.KeyInfoTag) {
		signature.RemoveChild(info)
	}
	if key, ok := certificate.PublicKey.(*ecdsa.PublicKey); ok {
		if err := wrapECDSA(children(signature, nsSignature, dsig.SignatureValueTag)[0], key); err != nil {
			return nil, err
		}
	}
	v := dsig.NewDefaultValidationContext(&dsig.MemoryX509CertificateStore{Roots: []*x509.Certificate{certificate}})
	v.Clock = dsig.NewFakeClockAt(now)
	return v.Validate(detached)
}

// wrapECDSA turns the two numbers of an ECDSA signature, which XML signatures
// put one behind the other, into the form that the library reads.
func wrapECDSA(value *etree.Element, key *ecdsa.PublicKey) error {
	text, err := textOf(value)
	if err != nil {
		return err
	}
	raw, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil {
		return errors.New("its value is not base64")
	}
	if raw, err = unpackECDSA(raw, key); err != nil {
		return err
	}
	value.SetText(base64.StdEncoding.EncodeToString(raw))
	return nil
}

func unpackECDSA(raw []byte, key *ecdsa.PublicKey) ([]byte, error) {
	size := (key.Curve.Params().BitSize + 7) / 8
	if len(raw) != 2*size {
		return raw, nil // the other form already, or none: the library decides
	}
	return asn1.Marshal(struct{ R, S *big.Int }{new(big.Int).SetBytes(raw[:size]), new(big.Int).SetBytes(raw[size:])})
}

// checkSignature makes sure that a signature has the one shape that SAML
// allows, and covers the element with the given id and nothing else.
func checkSignature(signature *etree.Element, id string) error {
	parts, err := partsOf(signature, dsig.SignedInfoTag, dsig.SignatureValueTag, "?"+dsig.KeyInfoTag)
	if err != nil {
		return err
	}
	info, err := partsOf(parts[0], dsig.CanonicalizationMethodTag, dsig.SignatureMethodTag, dsig.ReferenceTag)
	if err != nil {
		return err
	}
	reference, err := partsOf(info[2], dsig.TransformsTag, dsig.DigestMethodTag, dsig.DigestValueTag)
	if err != nil {
		return err
	}
	transforms, err := partsOf(reference[0], dsig.TransformTag, dsig.TransformTag)
	if err != nil {
		return err
	}
	exclusive := string(dsig.CanonicalXML10ExclusiveAlgorithmId)
	switch algorithm := func(e *etree.Element) string { return attribute(e, dsig.AlgorithmAttr) }; {
	case algorithm(info[0]) != exclusive:
		return fmt.Errorf("the canonicalisation %s is not accepted", quote(algorithm(info[0])))
	case signatureMethods[algorithm(info[1])] == 0 || len(info[1].Child) > 0:
		return fmt.Errorf("the method %s is not accepted; use RSA or ECDSA with SHA-256 or better", quote(algorithm(info[1])))
	case attribute(info[2], dsig.URIAttr) != "#"+id || !messageID.MatchString(id):
		return fmt.Errorf("it covers %s, not the element that it stands in", quote(attribute(info[2], dsig.URIAttr)))
	case algorithm(transforms[0]) != string(dsig.EnvelopedSignatureAltorithmId) || algorithm(transforms[1]) != exclusive:
		return errors.New("its transforms are not those of an enveloped signature with exclusive canonicalisation")
	case !slices.Contains(digestMethods, algorithm(reference[1])):
		return fmt.Errorf("the digest %s is not accepted; use SHA-256 or better", quote(algorithm(reference[1])))
	}
	// A comment would let the signed digest be read in two ways.
	for _, value := range []*etree.Element{parts[1], reference[2]} {
		if slices.ContainsFunc(value.Child, func(t etree.Token) bool { _, text := t.(*etree.CharData); return !text }) {
			return fmt.Errorf("its %s holds more than text", value.Tag)
		}
	}
	return nil
}

// partsOf are the children of a part of a signature: exactly these, in this
// order, a ? marking one that may be missing.
func partsOf(e *etree.Element, names ...string) ([]*etree.Element, error) {
	found := e.ChildElements()
	rest := found
	for _, name := range names {
		optional := strings.HasPrefix(name, "?")
		name = strings.TrimPrefix(name, "?")
		if len(rest) > 0 && is(rest[0], nsSignature, name) {
			rest = rest[1:]
		} else if !optional {
			return nil, fmt.Errorf("its %s has no %s where it belongs", e.Tag, name)
		}
	}
	if len(rest) > 0 {
		return nil, fmt.Errorf("its %s holds %s, which does not belong there", e.Tag, quote(rest[0].Tag))
	}
	return found, nil
}

// verifyQuery checks the signature of a message that came in an address:
// content is the part of the query that it covers, as it was sent.
func verifyQuery(content, algorithm string, signature []byte, certificates []*x509.Certificate, now time.Time) error {
	method := signatureMethods[algorithm]
	if method == 0 {
		return fmt.Errorf("the method %s is not accepted; use RSA or ECDSA with SHA-256 or better", quote(algorithm))
	}
	valid, err := validAt(certificates, now)
	if err != nil {
		return err
	}
	for _, certificate := range valid {
		value := bytes.Clone(signature)
		if key, ok := certificate.PublicKey.(*ecdsa.PublicKey); ok {
			if value, err = unpackECDSA(value, key); err != nil {
				return err
			}
		}
		if err = certificate.CheckSignature(method, []byte(content), value); err == nil {
			return nil
		}
	}
	return fmt.Errorf("the signature is not by the identity provider: %w", err)
}
