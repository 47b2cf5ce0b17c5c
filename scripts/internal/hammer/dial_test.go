//go:build unix

package hammer

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestDialErrors(t *testing.T) {
	h := http.NotFoundHandler()
	secure := serve(t, kinds[1], h)
	plain := serve(t, kinds[0], h)
	noStreams := listen(t, func(c net.Conn) {
		// SETTINGS with MAX_CONCURRENT_STREAMS 0, then whatever comes.
		c.Write([]byte{0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0})
		c.Read(make([]byte, 1))
		<-t.Context().Done()
	})
	silent := listen(t, func(net.Conn) { <-t.Context().Done() })
	hangsUp := listen(t, func(c net.Conn) { c.Read(make([]byte, 1)) })
	refused := listen(t, func(net.Conn) {})
	refused.Close()
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	short := func(o Options) Options { o.DialTimeout = 50 * time.Millisecond; return o }

	for _, test := range []struct {
		name, url string
		ctx       context.Context
		o         Options
		want      Class
		host      string
	}{
		{"refused", "http://" + refused.Addr().String(), nil, Options{}, ClassDial, refused.Addr().String()},
		{"no such name", "https://no-such-host.invalid/health", nil, Options{}, ClassDial, "no-such-host.invalid:443"},
		{"unknown authority", secure.URL, nil, Options{}, ClassTLS, secure.Listener.Addr().String()},
		{"wrong name", secure.URL, nil, Options{TLS: named(secure, "other.test")}, ClassTLS, secure.Listener.Addr().String()},
		{"no TLS there", "https://" + plain.Listener.Addr().String(), nil, Options{}, ClassTLS, plain.Listener.Addr().String()},
		{"no HTTP/2 there", secure.URL, nil, Options{Protocol: HTTP2, TLS: trust(secure)}, "", secure.Listener.Addr().String()},
		{"no stream allowed", "http://" + noStreams.Addr().String(), nil, Options{Protocol: HTTP2}, ClassProtocol, noStreams.Addr().String()},
		{"silent before SETTINGS", "http://" + silent.Addr().String(), nil, short(Options{Protocol: HTTP2}), ClassTimeout, silent.Addr().String()},
		{"silent before TLS", "https://" + silent.Addr().String(), nil, short(Options{}), ClassTimeout, silent.Addr().String()},
		{"hangs up before SETTINGS", "http://" + hangsUp.Addr().String(), nil, Options{Protocol: HTTP2}, ClassProtocol, hangsUp.Addr().String()},
		{"canceled", plain.URL, canceled, Options{}, ClassCanceled, plain.Listener.Addr().String()},
	} {
		t.Run(test.name, func(t *testing.T) {
			ctx := test.ctx
			if ctx == nil {
				ctx = t.Context()
			}
			s, err := Dial(ctx, test.url, 3, test.o)
			if err == nil {
				s.Close()
				t.Fatal("got no error")
			}
			var d *DialError
			if !errors.As(err, &d) {
				t.Fatalf("got %T (%v), want a *DialError", err, err)
			}
			// A server without HTTP/2 may refuse the handshake or go on without.
			if d.Class != test.want && (test.want != "" || d.Class != ClassTLS && d.Class != ClassProtocol) {
				t.Errorf("got class %q (%v), want %q", d.Class, err, test.want)
			}
			named := strings.Count(err.Error(), test.host)
			if d.Host != test.host || named == 0 || named > 1 && d.Class == ClassDial {
				t.Errorf("got host %q, error %q; want %s in both, once where nobody was there", d.Host, err, test.host)
			}
		})
	}
}

// listen gives each connection to f and closes it after.
func listen(t *testing.T, f func(net.Conn)) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				f(c)
			}()
		}
	}()
	return l
}

func named(s *httptest.Server, name string) *tls.Config {
	c := trust(s)
	c.ServerName = name
	return c
}

func TestDialArguments(t *testing.T) {
	for _, test := range []struct {
		url string
		n   int
	}{
		{"http://127.0.0.1:1", 0},
		{"127.0.0.1:1", 1},
		{"ftp://127.0.0.1:1", 1},
		{"http://", 1},
		{"http://%zz", 1},
	} {
		if s, err := Dial(t.Context(), test.url, test.n, Options{}); err == nil {
			s.Close()
			t.Errorf("Dial %q for %d: got no error", test.url, test.n)
		}
	}
}

const limitEnv = "HAMMER_LIMIT_URL"

// A burst above the limit of open files is refused, and the number that the
// refusal names does fit.
func TestLimit(t *testing.T) {
	url := os.Getenv(limitEnv)
	if url == "" {
		s := serve(t, kinds[0], http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
		cmd := exec.Command(os.Args[0], "-test.run=^TestLimit$", "-test.v")
		cmd.Env = append(os.Environ(), limitEnv+"="+s.URL)
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(out), "--- PASS: TestLimit") {
			t.Fatalf("%v\n%s", err, out)
		}
		return
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: 128, Max: 128}); err != nil {
		t.Fatal(err)
	}
	_, err := Dial(t.Context(), url, 300, Options{})
	var limit *LimitError
	if !errors.As(err, &limit) {
		t.Fatalf("got %v, want a *LimitError", err)
	}
	if limit.Requested != 300 || limit.Fits < 50 || limit.Fits > 128-spare {
		t.Errorf("got %+v, want 300 requested, 50…%d fit", limit, 128-spare)
	}
	s, err := Dial(t.Context(), url, limit.Fits, Options{})
	if err != nil {
		t.Fatalf("Dial for the %d that fit: %v", limit.Fits, err)
	}
	defer s.Close()
	for _, r := range s.Release(t.Context(), requests(t, url, limit.Fits)) {
		if r.Err != nil {
			t.Fatal(r.Err)
		}
	}
}

func TestNoLeak(t *testing.T) {
	each(t, func(t *testing.T, k kind) {
		s := serve(t, k, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
		before := runtime.NumGoroutine()
		for range 3 {
			sender := dial(t, k, s, 20)
			answered(t, k, sender.Release(t.Context(), requests(t, s.URL, 20)), 200)
			if err := sender.Close(); err != nil {
				t.Error(err)
			}
		}
		s.CloseClientConnections() // the server's goroutines are not what is counted
		for runtime.NumGoroutine() > before {
			if t.Context().Err() != nil {
				t.Fatalf("got %d goroutines, want %d", runtime.NumGoroutine(), before)
			}
			time.Sleep(time.Millisecond)
		}
	})
}
