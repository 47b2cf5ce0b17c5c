package local

import (
	"bufio"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestRefused: what never gets to a handler is answered in the gateway's form, over
// TLS and without, also behind a request that did get there.
func TestRefused(t *testing.T) {
	x, err := newSite(Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer x.close()
	f, err := x.front("test", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	defer f.close()
	f.answer(&answers{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/refuse" {
			w.WriteHeader(http.StatusTeapot) // before the body that a client waits to send
			return
		}
		io.Copy(w, r.Body)
	})})
	const good = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\ngood"
	for _, c := range []struct{ name, request, want string }{
		{"percent", "GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n", `400 {"message":"Bad Request"}`},
		{"no host", "GET / HTTP/1.1\r\n\r\n", `400 {"message":"Bad Request"}`},
		{"no HTTP", "anything but a request\r\n\r\n", `400 {"message":"Bad Request"}`},
		{"no header", "GET / HTTP/1.1\r\nHost: a\r\nnone\r\n\r\n", `400 {"message":"Bad Request"}`},
		{"expectation", "GET / HTTP/1.1\r\nHost: a\r\nExpect: foo\r\n\r\n", `417 {"message":"Expectation Failed"}`},
		{"coding", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", `501 {"message":"` + http.StatusText(http.StatusNotImplemented) + `"}`},
		{"version", "GET / HTTP/3.0\r\nHost: a\r\n\r\n", `505 {"message":"HTTP Version Not Supported"}`},
		{"2 MB", "GET / HTTP/1.1\r\nHost: a\r\nX-A: " + strings.Repeat("x", 2<<20) + "\r\n\r\n", `431 {"message":"Request Header Fields Too Large"}`},
		{"of a handler", "OPTIONS * HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nstar", `200 star`},
		{"of a handler, expected", "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\nwait", `200 wait`},
		{"of a handler, refused", "POST /refuse HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\nwait", `418 `},
	} {
		for _, before := range []string{"", good} {
			for _, secure := range []bool{false, true} {
				dialed, err := net.Dial("tcp", f.address)
				if err != nil {
					t.Fatal(err)
				}
				if err := dialed.SetDeadline(time.Now().Add(time.Minute)); err != nil {
					t.Fatal(err)
				}
				if secure {
					dialed = tls.Client(dialed, &tls.Config{InsecureSkipVerify: true}) // this test's own
				}
				go io.WriteString(dialed, before+c.request) // as far as the server reads it
				answer := bufio.NewReader(dialed)
				if before != "" {
					if got, _ := statusAndBody(t, answer); got != "200 good" {
						t.Errorf("%s: the request before it: %s", c.name, got)
					}
				}
				got, resp := statusAndBody(t, answer)
				if resp.StatusCode == http.StatusContinue {
					got, resp = statusAndBody(t, answer)
				}
				if got != c.want {
					t.Errorf("%s, secure %t: got %s, want %s", c.name, secure, got, c.want)
				}
				id, kind := resp.Header.Get("Apigw-Requestid"), resp.Header.Get("Content-Type")
				if refused := strings.HasPrefix(c.want, "4") && resp.StatusCode != http.StatusTeapot; refused && (len(id) != 16 || kind != "application/json" || !resp.Close) {
					t.Errorf("%s: id %q, type %q, close %t", c.name, id, kind, resp.Close)
				}
				dialed.Close()
			}
		}
	}
}

func statusAndBody(t *testing.T, r *bufio.Reader) (string, *http.Response) {
	t.Helper()
	resp, err := http.ReadResponse(r, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.Status[:4] + string(body), resp
}
