package await

import (
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// send sends a request over a connection of its own.
func send(t *testing.T, a *API, request string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", a.Address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if _, err := io.WriteString(c, request); err != nil {
		t.Fatal(err)
	}
	return c
}

const next = "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: x\r\n\r\n"

// TestAsked asks for what a real connection tells: the bytes have come before they are
// read, by what they have waited. The second request is not told.
func TestAsked(t *testing.T) {
	a, err := Listen(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	before := time.Now()
	c := send(t, a, next)
	got := <-a.Asked
	// The kernel's clock and this program's are read apart: a step of microseconds.
	if got.At.Before(before.Add(-time.Millisecond)) || got.At.After(time.Now()) || got.From != c.LocalAddr().String() {
		t.Errorf("arrived %v after it was sent, from %s, want %s", got.At.Sub(before), got.From, c.LocalAddr())
	}
	send(t, a, next)
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if n, err := c.Read(make([]byte, 1)); n != 0 || err == nil {
		t.Errorf("after Close: %d bytes, %v", n, err)
	}
	select {
	case again := <-a.Asked:
		t.Errorf("asked again from %s", again.From)
	default:
	}
}

// TestExtension registers one, whose request for an event is not the one that is
// awaited.
func TestExtension(t *testing.T) {
	a, err := Listen(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	base := "http://" + a.Address + "/2020-01-01/extension/"
	r, err := http.NewRequestWithContext(t.Context(), "POST", base+"register", strings.NewReader(`{"events":[]}`))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Lambda-Extension-Name", "hook")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	id := resp.Header.Get("Lambda-Extension-Identifier")
	if resp.StatusCode != http.StatusOK || id == "" {
		t.Fatalf("register: %s, identifier %q", resp.Status, id)
	}
	send(t, a, "GET /2020-01-01/extension/event/next HTTP/1.1\r\nHost: x\r\nLambda-Extension-Identifier: "+id+"\r\n\r\n")
	c := send(t, a, next)
	if got := <-a.Asked; got.From != c.LocalAddr().String() {
		t.Errorf("asked from %s, want %s", got.From, c.LocalAddr())
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestFailed(t *testing.T) {
	const post = "POST /2018-06-01/runtime/init/error HTTP/1.1\r\nHost: x\r\nContent-Length: 12\r\n\r\n"
	for body, want := range map[string]string{"no database\n": "the init failed: no database", "cut": "the init failed: cut", "": "the init failed: it does not say why"} {
		a, err := Listen(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer a.Close()
		if err := send(t, a, post+body).(*net.TCPConn).CloseWrite(); err != nil {
			t.Fatal(err)
		}
		if got := (<-a.Failed).Error(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
