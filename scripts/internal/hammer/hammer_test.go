package hammer

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"
)

// quiet is for servers whose clients break things on purpose.
var quiet = log.New(io.Discard, "", 0)

// kind is a way to talk to a server.
type kind struct {
	name     string
	tls, h2  bool
	protocol Protocol // what is asked for
	want     string   // what the answers say
}

var kinds = []kind{
	{name: "h1", protocol: Auto, want: "HTTP/1.1"},
	{name: "h1 TLS", tls: true, protocol: HTTP1, want: "HTTP/1.1"},
	{name: "h2 TLS", tls: true, h2: true, protocol: Auto, want: "HTTP/2.0"},
	{name: "h2 plain", h2: true, protocol: HTTP2, want: "HTTP/2.0"},
}

// each runs a test for each kind.
func each(t *testing.T, f func(t *testing.T, k kind)) {
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) { f(t, k) })
	}
}

// serve starts a server of kind k.
func serve(t testing.TB, k kind, h http.Handler, adapt ...func(*httptest.Server)) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(h)
	s.Config.ErrorLog = quiet
	s.Config.Protocols = new(http.Protocols)
	s.Config.Protocols.SetHTTP1(true)
	s.Config.Protocols.SetHTTP2(k.h2)
	s.Config.Protocols.SetUnencryptedHTTP2(k.h2)
	s.EnableHTTP2 = k.h2
	for _, f := range adapt {
		f(s)
	}
	if k.tls {
		s.StartTLS()
	} else {
		s.Start()
	}
	t.Cleanup(s.Close)
	return s
}

// dial connects to s for n requests.
func dial(t testing.TB, k kind, s *httptest.Server, n int, adapt ...func(*Options)) *Sender {
	t.Helper()
	o := Options{Protocol: k.protocol, TLS: trust(s)}
	for _, f := range adapt {
		f(&o)
	}
	sender, err := Dial(t.Context(), s.URL, n, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := sender.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return sender
}

func trust(s *httptest.Server) *tls.Config {
	if s.Certificate() == nil {
		return nil
	}
	pool := x509.NewCertPool()
	pool.AddCert(s.Certificate())
	return &tls.Config{RootCAs: pool}
}

func requests(t testing.TB, url string, n int) []*http.Request {
	t.Helper()
	reqs := make([]*http.Request, n)
	for i := range reqs {
		r, err := http.NewRequest("GET", url, nil)
		if err != nil {
			t.Fatal(err)
		}
		reqs[i] = r
	}
	return reqs
}

// answered fails the test unless every r is whole, in order of time, and of k.
func answered(t testing.TB, k kind, rs []Result, status int) {
	t.Helper()
	var early time.Duration
	if k.h2 {
		early = lead // see Load
	}
	for i, r := range rs {
		if r.Class != "" || r.Err != nil || r.Status != status || r.Protocol != k.want {
			t.Fatalf("request %d: got class %q, error %v, status %d, %s; want status %d, %s", i, r.Class, r.Err, r.Status, r.Protocol, status, k.want)
		}
		if r.Sent == nil || r.FirstByte == nil || r.Done == nil {
			t.Fatalf("request %d: got sent %v, first byte %v, done %v; want all", i, r.Sent, r.FirstByte, r.Done)
		}
		if !(r.Scheduled-early <= *r.Sent && *r.Sent <= *r.FirstByte && *r.FirstByte <= *r.Done) {
			t.Fatalf("request %d: got scheduled %v, sent %v, first byte %v, done %v; want them in order", i, r.Scheduled, *r.Sent, *r.FirstByte, *r.Done)
		}
		if r.Dial <= 0 || (r.TLS != nil) != k.tls || r.TLS != nil && (*r.TLS <= 0 || *r.TLS > r.Dial) {
			t.Fatalf("request %d: got dial %v, TLS %v; want positive, TLS only with TLS", i, r.Dial, r.TLS)
		}
	}
}

// rendezvous answers nobody before n requests are there.
type rendezvous struct {
	n     int32
	seen  atomic.Int32
	all   chan struct{}
	never <-chan struct{} // the test's end
}

func newRendezvous(t testing.TB, n int) *rendezvous {
	return &rendezvous{n: int32(n), all: make(chan struct{}), never: t.Context().Done()}
}

func (v *rendezvous) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if v.seen.Add(1) == v.n {
		close(v.all)
	}
	select {
	case <-v.all:
	case <-v.never:
	case <-r.Context().Done():
	}
	io.WriteString(w, "ok")
}

func TestBurst(t *testing.T) {
	const n = 300
	each(t, func(t *testing.T, k kind) {
		s := serve(t, k, newRendezvous(t, n), func(s *httptest.Server) {
			s.Config.HTTP2 = &http.HTTP2Config{MaxConcurrentStreams: 1000}
		})
		rs := dial(t, k, s, n).Release(t.Context(), requests(t, s.URL, n))
		answered(t, k, rs, 200)
		conns := make(map[int]bool)
		for _, r := range rs {
			conns[r.Conn] = true
			if r.Bytes != 2 || r.Header.Get("Content-Length") != "2" {
				t.Fatalf("got %d bytes, Content-Length %q; want 2", r.Bytes, r.Header.Get("Content-Length"))
			}
		}
		want := n
		if k.h2 {
			want = 3 // the server would take all on one
		}
		if len(conns) != want {
			t.Errorf("got %d connections, want %d", len(conns), want)
		}
	})
}
