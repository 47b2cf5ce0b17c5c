package target

import (
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// apis are listeners on this machine: an API, one with a certificate that nobody
// knows, a port that nobody listens at, and one where nobody speaks TLS.
func apis(t *testing.T, requests, connections *atomic.Int32) (plain, unknown, dead, mute string) {
	t.Helper()
	count := func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			connections.Add(1)
		}
	}
	handler := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { requests.Add(1) })
	p, u := httptest.NewUnstartedServer(handler), httptest.NewUnstartedServer(handler)
	p.Config.ConnState = count
	p.Start()
	u.StartTLS()
	t.Cleanup(p.Close)
	t.Cleanup(u.Close)
	var ports []string
	for range 2 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		ports = append(ports, "://"+l.Addr().String()+"/")
		if len(ports) == 1 {
			l.Close()
		} else {
			t.Cleanup(func() { l.Close() })
		}
	}
	return p.URL + "/a", u.URL + "/a", "http" + ports[0], "https" + ports[1]
}

func TestReach(t *testing.T) {
	var requests, connections atomic.Int32
	plain, unknown, dead, mute := apis(t, &requests, &connections)
	of := func(name, url string) *Target {
		x := &Target{}
		x.Stack, x.Name, x.URL = "S", name, url
		return x
	}
	direct := of("Direct", dead)
	direct.Direct = true
	began := time.Now()
	var got []string
	for _, f := range reach(t.Context(), []*Target{of("A", plain), of("B", dead), of("C", unknown), of("D", plain), direct, of("E", ""), of("F", dead), of("G", mute)}) {
		if f.Level != Error || f.Hint == "" || !strings.HasPrefix(f.Text, "no connection to its API at 127.0.0.1:") {
			t.Errorf("finding %+v", f)
		}
		got = append(got, f.Target)
	}
	if want := []string{"S/B", "S/C", "S/F", "S/G"}; !slices.Equal(got, want) {
		t.Errorf("got findings of %v, want %v", got, want)
	}
	if took := time.Since(began); took > reachLimit+2*time.Second {
		t.Errorf("took %s, want them tried at once, in up to %s", took, reachLimit)
	}
	if n := connections.Load(); n != 1 || requests.Load() != 0 {
		t.Errorf("%d connections to one address, %d requests; want 1 and 0", n, requests.Load())
	}
}

func TestHostPort(t *testing.T) {
	for raw, want := range map[string]string{"https://h/a": "h:443", "http://h": "h:80", "http://[::1]:8": "[::1]:8", "https://h:8443/": "h:8443"} {
		r, err := http.NewRequest("GET", raw, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := hostPort(r.URL); got != want {
			t.Errorf("%s: got %s, want %s", raw, got, want)
		}
	}
}
