package target

import (
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/coldcrank/coldcrank/infra/outputs"
)

// TestCertificate: an executor's certificate is trusted for its own API, and
// with it nothing else.
func TestCertificate(t *testing.T) {
	s := httptest.NewTLSServer(http.NotFoundHandler())
	defer s.Close()
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	x := &Target{Executor: &outputs.Executor{Name: "local", Endpoint: "http://127.0.0.1:1", Certificate: string(text)}}
	x.Stack, x.Name, x.URL, x.Region = "S", "H", s.URL+"/h", "eu-west-1"
	if err := x.connect(t.Context()); err != nil {
		t.Fatal(err)
	}
	if f := reach(t.Context(), []*Target{x}); f != nil {
		t.Errorf("with the certificate: %+v", f)
	}
	only := x509.NewCertPool()
	only.AddCert(s.Certificate())
	if x.TLS == nil || x.TLS.InsecureSkipVerify || !x.TLS.RootCAs.Equal(only) {
		t.Errorf("trusts %+v", x.TLS)
	}
	x.TLS = nil
	if f := reach(t.Context(), []*Target{x}); len(f) != 1 {
		t.Errorf("without the certificate: %+v, want a finding", f)
	}
	x.Executor.Certificate = "no PEM"
	if err := x.connect(t.Context()); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("a certificate that is none: %v", err)
	}
}

// TestCertificateOutside: no file brings a certificate for what is not here.
func TestCertificateOutside(t *testing.T) {
	x := &Target{Executor: &outputs.Executor{Name: "local", Endpoint: "http://127.0.0.1:1", Certificate: "x"}}
	x.URL, x.Region = "https://api.example.com/h", "eu-west-1"
	if err := x.connect(t.Context()); err == nil || !strings.Contains(err.Error(), "not on this machine") || x.TLS != nil {
		t.Errorf("got %v, TLS %v; want it refused", err, x.TLS)
	}
}
