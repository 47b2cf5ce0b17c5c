package hammer

import (
	"bufio"
	"cmp"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// arrivalsEnv makes this test program a server that says how far apart the
// requests of a burst arrived.
const arrivalsEnv = "HAMMER_ARRIVALS"

func TestMain(m *testing.M) {
	if os.Getenv(arrivalsEnv) != "" {
		serveArrivals()
		return
	}
	os.Exit(m.Run())
}

const spreadHeader = "X-Spread-Ns"

// serveArrivals answers the requests of a burst, whose size is the query n,
// when the last of them has arrived, until standard input ends.
func serveArrivals() {
	var mu sync.Mutex
	var at []time.Time
	var all chan struct{}
	var spread string
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		now := time.Now()
		n, err := strconv.Atoi(r.URL.Query().Get("n"))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		mu.Lock()
		if len(at) == 0 {
			all = make(chan struct{})
		}
		at = append(at, now)
		mine := all
		if len(at) == n {
			first, last := slices.MinFunc(at, time.Time.Compare), slices.MaxFunc(at, time.Time.Compare)
			spread, at = strconv.FormatInt(int64(last.Sub(first)), 10), nil
			close(all)
		}
		mu.Unlock()
		<-mine
		w.Header().Set(spreadHeader, spread)
	}))
	s.EnableHTTP2 = true
	s.Config.HTTP2 = &http.HTTP2Config{MaxConcurrentStreams: 1000}
	s.StartTLS()
	defer s.Close()
	fmt.Println(s.URL)
	io.Copy(io.Discard, os.Stdin)
}

// startArrivals starts serveArrivals in a process of its own.
func startArrivals(b *testing.B) (url string) {
	b.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), arrivalsEnv+"=1")
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		in.Close()
		if err := cmd.Wait(); err != nil {
			b.Errorf("server: %v", err)
		}
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	return strings.TrimSpace(line)
}

// BenchmarkBurst measures how far apart the requests of a burst arrive at a
// server in another process, over TLS on loopback. Each turn has one burst of
// every sender; the peer writes requests to raw TLS connections, one after the
// other. Reported are medians in ms, and their ratios to the peer's.
func BenchmarkBurst(b *testing.B) {
	for _, n := range []int{5, 50, 200, 500} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			url := startArrivals(b) + "/?n=" + strconv.Itoa(n)
			senders := []struct {
				name  string
				burst func(*testing.B, string, int) time.Duration
			}{
				{"raw", burstRaw},
				{"h1", func(b *testing.B, url string, n int) time.Duration { return burstSender(b, url, n, HTTP1) }},
				{"h2", func(b *testing.B, url string, n int) time.Duration { return burstSender(b, url, n, HTTP2) }},
			}
			spreads := make(map[string][]time.Duration)
			for b.Loop() {
				for _, s := range senders {
					spreads[s.name] = append(spreads[s.name], s.burst(b, url, n))
				}
			}
			raw := median(spreads["raw"])
			for _, s := range senders {
				m := median(spreads[s.name])
				b.ReportMetric(float64(m)/1e6, s.name+"-ms")
				if s.name != "raw" {
					b.ReportMetric(float64(m)/float64(raw), s.name+"/raw")
				}
			}
			b.ReportMetric(0, "ns/op") // dialling, mostly
		})
	}
}

func burstSender(b *testing.B, url string, n int, p Protocol) time.Duration {
	b.Helper()
	s, err := Dial(b.Context(), url, n, Options{Protocol: p, TLS: &tls.Config{InsecureSkipVerify: true}})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	rs := s.Release(context.Background(), requests(b, url, n))
	for _, r := range rs {
		if r.Err != nil || r.Status != 200 {
			b.Fatalf("got status %d, error %v", r.Status, r.Err)
		}
	}
	return spreadOf(b, rs[0].Header)
}

// burstRaw is the peer: TLS connections, and nothing of HTTP but the bytes.
func burstRaw(b *testing.B, url string, n int) time.Duration {
	b.Helper()
	r := requests(b, url, 1)[0]
	var request strings.Builder
	if err := r.Write(&request); err != nil {
		b.Fatal(err)
	}
	conns := make([]*tls.Conn, n)
	for i := range conns {
		c, err := tls.Dial("tcp", r.URL.Host, &tls.Config{InsecureSkipVerify: true})
		if err != nil {
			b.Fatal(err)
		}
		defer c.Close()
		conns[i] = c
	}
	bytes := []byte(request.String())
	for _, c := range conns {
		if _, err := c.Write(bytes); err != nil {
			b.Fatal(err)
		}
	}
	resp, err := http.ReadResponse(bufio.NewReader(conns[0]), r)
	if err != nil {
		b.Fatal(err)
	}
	return spreadOf(b, resp.Header)
}

func spreadOf(b *testing.B, h http.Header) time.Duration {
	b.Helper()
	ns, err := strconv.ParseInt(h.Get(spreadHeader), 10, 64)
	if err != nil {
		b.Fatal(err)
	}
	return time.Duration(ns)
}

func median[T cmp.Ordered](s []T) T {
	slices.Sort(s)
	return s[len(s)/2]
}
