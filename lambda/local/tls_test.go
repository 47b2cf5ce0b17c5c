package local_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/coldcrank/coldcrank/infra/outputs"
	"github.com/coldcrank/coldcrank/lambda/local"
)

// client trusts the executor's certificate and speaks one version of HTTP.
func client(t *testing.T, x *local.Executor, http2 bool) *http.Client {
	t.Helper()
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: x.Certificates()}, Protocols: new(http.Protocols)}
	transport.Protocols.SetHTTP1(!http2)
	transport.Protocols.SetHTTP2(http2)
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// TestTransports asks one port in each way.
func TestTransports(t *testing.T) {
	x := startTest(t, local.Options{TLS: true})
	api := base(t, x)
	if !strings.HasPrefix(api, "https://127.0.0.1:") {
		t.Fatalf("URL %s, want one of https", api)
	}
	for _, c := range []struct {
		scheme, protocol string
		http2            bool
	}{{"https", "HTTP/2.0", true}, {"https", "HTTP/1.1", false}, {"http", "HTTP/1.1", false}} {
		resp, err := client(t, x, c.http2).Get(c.scheme + strings.TrimPrefix(api, "https") + "/try/event")
		check(t, err)
		body, err := io.ReadAll(resp.Body)
		check(t, err)
		check(t, resp.Body.Close())
		if want := `"x-forwarded-proto":"` + c.scheme + `"`; resp.Proto != c.protocol || resp.StatusCode != 200 || !strings.Contains(string(body), want) {
			t.Errorf("%s, %s: got %s %s %s", c.scheme, c.protocol, resp.Proto, resp.Status, body)
		}
	}
	_, err := http.Get(api + "/health")
	if unknown := new(x509.UnknownAuthorityError); !errors.As(err, unknown) {
		t.Errorf("a client that does not know the certificate: %v", err)
	}
}

// TestCertificate: what the outputs file hands on is the certificate and nothing
// else, for a short time and for this machine only.
func TestCertificate(t *testing.T) {
	x := startTest(t, local.Options{TLS: true})
	file := filepath.Join(t.TempDir(), "outputs.json")
	check(t, x.WriteOutputs(file))
	data, err := os.ReadFile(file)
	check(t, err)
	if strings.Contains(string(data), "PRIVATE KEY") {
		t.Error("the outputs hold the key")
	}
	f, err := outputs.ReadFile(file)
	check(t, err)
	if got := f.Executor.Settings["transport"]; got != "https" {
		t.Errorf("transport %q, want https", got)
	}
	block, rest := pem.Decode([]byte(f.Executor.Certificate))
	if block == nil || block.Type != "CERTIFICATE" || len(rest) > 0 {
		t.Fatalf("certificate %q", f.Executor.Certificate)
	}
	c, err := x509.ParseCertificate(block.Bytes)
	check(t, err)
	if c.NotAfter.Sub(c.NotBefore) > 8*24*time.Hour || c.IsCA || len(c.DNSNames) != 1 || len(c.IPAddresses) != 1 {
		t.Errorf("for %v to %v, authority %v, of %v %v", c.NotBefore, c.NotAfter, c.IsCA, c.DNSNames, c.IPAddresses)
	}
	for _, name := range []string{"127.0.0.1", "localhost"} {
		if _, err := c.Verify(x509.VerifyOptions{Roots: x.Certificates(), DNSName: name}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	other := startTest(t, local.Options{})
	if _, err := c.Verify(x509.VerifyOptions{Roots: other.Certificates()}); err == nil {
		t.Error("another executor has the same certificate")
	}
}

// TestCloseOverTLS: Close ends a connection whose handshake has not been, and a
// request of HTTP/2 that hangs.
func TestCloseOverTLS(t *testing.T) {
	x := startTest(t, local.Options{TLS: true})
	idle := dial(t, x, 1)[0]
	hung := make(chan error, 1)
	c := client(t, x, true)
	go func() {
		resp, err := c.Get(base(t, x) + "/try/hang")
		if err == nil {
			resp.Body.Close()
		}
		hung <- err
	}()
	waitHanging(t, x, 1)
	check(t, x.Close())
	<-hung
	if _, err := idle.Read(make([]byte, 1)); err == nil {
		t.Error("a connection is open")
	}
}
