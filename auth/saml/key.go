package saml

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/searchlight-bi/searchlight"
)

const (
	// settingKey is where the key that was made here is kept, sealed.
	settingKey = "saml.key"
	// keyLife is how long its certificate is valid. Nobody checks it against an
	// authority: identity providers know it from the metadata.
	keyLife = 10 * 365 * 24 * time.Hour
)

// signer signs messages.
type signer struct {
	key         *rsa.PrivateKey
	certificate *x509.Certificate
	next        *x509.Certificate // published beside it; may be nil
}

// storedKey is a signer in the settings.
type storedKey struct {
	Sealed      []byte // PKCS #8
	Certificate []byte // DER
}

// missing reports whether there is no key yet, or none any more.
func (k storedKey) missing() bool { return len(k.Sealed) == 0 }

func readStored(tx searchlight.Tx) (stored storedKey, err error) {
	err = tx.Setting(settingKey, &stored)
	if err != nil && searchlight.CodeOf(err) == searchlight.CodeNotFound {
		return storedKey{}, nil
	}
	return stored, err
}

// openKey reads the configured key, or the one in the store, which is made when
// there is none: every node signs with the same.
func openKey(ctx context.Context, c *Config) (*signer, error) {
	if len(c.Key) > 0 {
		return readKey(c.Certificate, c.Key, c.NextCertificate)
	}
	var stored storedKey
	err := c.Store.View(ctx, func(tx searchlight.Tx) (err error) {
		stored, err = readStored(tx)
		return err
	})
	if err == nil && stored.missing() {
		stored, err = makeKey(ctx, c)
	}
	if err != nil {
		return nil, err
	}
	secret, err := c.Sealer.Open(stored.Sealed, settingKey)
	if err != nil {
		return nil, fmt.Errorf("the key of SAML in the metadata cannot be read; bring back the secret key, or give it up with searchlight rekey --forget: %w", err)
	}
	key, err := x509.ParsePKCS8PrivateKey([]byte(secret))
	if err != nil {
		return nil, err
	}
	certificate, err := x509.ParseCertificate(stored.Certificate)
	if err != nil {
		return nil, err
	}
	rsaKey, ok := key.(*rsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("the key of SAML in the metadata is of the kind %T", key)
	}
	return &signer{key: rsaKey, certificate: certificate}, nil
}

// makeKey makes a key and keeps it, unless another node has been faster: then
// that one's is returned.
func makeKey(ctx context.Context, c *Config) (stored storedKey, err error) {
	key, err := rsa.GenerateKey(rand.Reader, minRSABits)
	if err != nil {
		return stored, err
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return stored, err
	}
	sealed, err := c.Sealer.Seal(string(secret), settingKey)
	if err != nil {
		return stored, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return stored, err
	}
	now := c.Now()
	template := &x509.Certificate{SerialNumber: serial, Subject: pkix.Name{CommonName: c.Public.Hostname(), Organization: []string{"Searchlight SAML"}},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(keyLife), KeyUsage: x509.KeyUsageDigitalSignature}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return stored, err
	}
	err = c.Store.Update(ctx, func(tx searchlight.Tx) error {
		var err error
		if stored, err = readStored(tx); err != nil || !stored.missing() {
			return err
		}
		stored = storedKey{sealed, der}
		return tx.SetSetting(settingKey, stored)
	})
	return stored, err
}

// readKey reads a configured key.
func readKey(certificate, key, next []byte) (*signer, error) {
	pair, err := tls.X509KeyPair(certificate, key)
	if err != nil {
		return nil, fmt.Errorf("the certificate of SAML and its key: %w", err)
	}
	rsaKey, ok := pair.PrivateKey.(*rsa.PrivateKey)
	if !ok {
		return nil, errors.New("the key of SAML is not an RSA key, which every identity provider understands; " +
			"make one with: openssl req -x509 -newkey rsa:3072 -nodes -days 1095 -keyout saml.key -out saml.crt -subj /CN=searchlight")
	}
	if err := checkKey(rsaKey.Public()); err != nil {
		return nil, fmt.Errorf("the certificate of SAML: %w", err)
	}
	s := &signer{key: rsaKey, certificate: pair.Leaf}
	if len(next) > 0 {
		block, _ := pem.Decode(next)
		if block == nil || block.Type != "CERTIFICATE" {
			return nil, errors.New("the next certificate of SAML is no certificate in PEM")
		}
		if s.next, err = x509.ParseCertificate(block.Bytes); err != nil {
			return nil, fmt.Errorf("the next certificate of SAML: %w", err)
		}
	}
	return s, nil
}

// Resealer replaces the key that secrets are sealed with. *seal.Sealer
// implements it.
type Resealer interface {
	// Knows reports whether a secret can be opened.
	Knows(sealed []byte) bool
	// Reseal seals a secret anew.
	Reseal(sealed []byte, place string) ([]byte, error)
}

// Reseal seals the provider's own key anew, when the store holds one under
// another secret key, and reports whether it did. It fails when nobody can open the key, unless it is
// to be forgotten: then the next start makes another, and identity providers
// need the new metadata.
func Reseal(tx searchlight.Tx, r Resealer, forget bool) (resealed, forgotten bool, err error) {
	stored, err := readStored(tx)
	if err != nil || stored.missing() {
		return false, false, err
	}
	if !r.Knows(stored.Sealed) {
		if !forget {
			return false, false, errors.New("the key of SAML was sealed with a secret key that is not here")
		}
		return false, true, tx.SetSetting(settingKey, storedKey{})
	}
	sealed, err := r.Reseal(stored.Sealed, settingKey)
	if err != nil || bytes.Equal(sealed, stored.Sealed) {
		return false, false, err
	}
	stored.Sealed = sealed
	return true, false, tx.SetSetting(settingKey, stored)
}
