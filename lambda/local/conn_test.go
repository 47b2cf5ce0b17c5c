package local

import (
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestWire: what was taken off a connection counts until more is asked for.
func TestWire(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	peer, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer peer.Close()
	c, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	w := &wire{TCPConn: c.(*net.TCPConn)}
	state := func() string {
		return map[bool]string{true: "waiting"}[w.waiting()] + map[bool]string{true: "taken"}[w.taken.Load()]
	}
	until := func(want string) {
		t.Helper()
		for range 5000 {
			if state() == want {
				return
			}
			time.Sleep(time.Millisecond)
		}
		t.Fatalf("state %q, want %q", state(), want)
	}
	until("")
	io.WriteString(peer, "ab")
	until("waiting")
	if _, err := w.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	until("waitingtaken")
	if _, err := w.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	until("taken")
	done := make(chan struct{})
	go func() { defer close(done); w.Read(make([]byte, 1)) }()
	until("")
	peer.Close()
	<-done
}

// TestMalformedIsForgotten: a request that never gets to a handler keeps no init
// waiting for longer than one that does may be on its way.
func TestMalformedIsForgotten(t *testing.T) {
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
	c, err := net.Dial("tcp", f.address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, preface+frame(4, 0, 0)+frame(1, 1, 0)); err != nil { // HEADERS without END_HEADERS
		t.Fatal(err)
	}
	was := false
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		is := x.unread()
		if was && !is {
			return
		}
		was = was || is
	}
	t.Errorf("after half a minute: it counted as unread: %t", was)
}

// TestNothingIsLeftUnread: what is refused before a handler, and a request that is
// taken back, keep no init waiting.
func TestNothingIsLeftUnread(t *testing.T) {
	x, err := newSite(Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer x.close()
	handled := make(chan struct{}, 10)
	f, err := x.front("test", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	defer f.close()
	f.answer(&answers{Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { handled <- struct{}{} })})
	c, err := net.Dial("tcp", f.address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	// The first has no header at all, which is malformed; the second is GET http / of the static table.
	const headers, endBoth = 1, 5
	request := func(stream uint32, block string) string {
		b := []byte(frame(headers, stream, len(block)))
		b[4] = endBoth
		return string(b[:9]) + block
	}
	if _, err := io.WriteString(c, preface+frame(4, 0, 0)+request(1, "")+request(3, "\x82\x84\x86")); err != nil {
		t.Fatal(err)
	}
	<-handled
	for range 5000 {
		if !x.unread() {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Error("requests count as unread that are none")
}

// A file that a handler copies goes through TLS like all else: net/http would have
// the TCP connection send it, if it saw one.
func TestNothingGoesAroundTLS(t *testing.T) {
	x, err := newSite(Options{TLS: true})
	if err != nil {
		t.Fatal(err)
	}
	defer x.close()
	f, err := x.front("test", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	defer f.close()
	text := strings.Repeat("what the file holds\n", 1000) // more than what is looked at to guess its type
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	f.answer(&answers{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, file) })})
	c, err := tls.Dial("tcp", f.address, &tls.Config{RootCAs: x.certificate.pool(), NextProtos: []string{"http/1.1"}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, "GET / HTTP/1.0\r\nHost: a\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	// An end without TLS's own is io.ErrUnexpectedEOF.
	got, err := io.ReadAll(c)
	if err != nil || !strings.HasSuffix(string(got), "\r\n\r\n"+text) {
		t.Errorf("got %q, %v", got, err)
	}
}
