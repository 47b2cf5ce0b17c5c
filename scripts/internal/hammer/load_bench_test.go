package hammer

import (
	"crypto/tls"
	"slices"
	"testing"
	"time"
)

// BenchmarkLoad sends 500 requests a second for 20 s over TLS on loopback to a
// server in another process, which answers at once. Reported are how long after
// their time requests left: the share later than 1 ms in %, the 99th percentile
// and the worst in ms, and the CPU used in processors.
func BenchmarkLoad(b *testing.B) {
	for _, p := range []struct {
		name string
		Protocol
	}{{"h1", HTTP1}, {"h2", HTTP2}} {
		b.Run(p.name, func(b *testing.B) {
			url := startArrivals(b) + "/?n=1"
			var late []time.Duration
			var used Usage
			for b.Loop() {
				s, err := Dial(b.Context(), url, 1, Options{Protocol: p.Protocol, TLS: &tls.Config{InsecureSkipVerify: true}})
				if err != nil {
					b.Fatal(err)
				}
				for _, r := range run(b, s, url, Load{Schedule: Schedule{Arrival: Constant, Rate: 500, For: 20 * time.Second}}) {
					if r.Err != nil || r.Status != 200 {
						b.Fatalf("got status %d, error %v", r.Status, r.Err)
					}
					late = append(late, *r.Sent-r.Scheduled)
				}
				u := s.Used()
				used.CPU, used.Wall = used.CPU+u.CPU, used.Wall+u.Wall
				if err := s.Close(); err != nil {
					b.Fatal(err)
				}
			}
			slices.Sort(late)
			above := 0
			for _, d := range late {
				if d > time.Millisecond {
					above++
				}
			}
			b.ReportMetric(100*float64(above)/float64(len(late)), "late-%")
			b.ReportMetric(float64(late[len(late)*99/100])/1e6, "p99-ms")
			b.ReportMetric(float64(late[len(late)-1])/1e6, "worst-ms")
			b.ReportMetric(used.CPU.Seconds()/used.Wall.Seconds(), "CPUs")
			b.ReportMetric(0, "ns/op")
		})
	}
}
