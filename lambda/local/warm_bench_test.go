package local_test

import (
	"crypto/tls"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"

	"github.com/coldcrank/coldcrank/lambda/local"
)

// BenchmarkWarm sends warm requests one after the other, each when the runtime
// waits for it, and reports what the executor and the client's own side add to the
// Duration that REPORT gives: the median, and what nine of ten stay below.
func BenchmarkWarm(b *testing.B) {
	for _, c := range []struct {
		name  string
		tls   bool
		http2 bool
	}{{"http", false, false}, {"https-h1", true, false}, {"https-h2", true, true}} {
		b.Run(c.name, func(b *testing.B) {
			fatal := func(err error) {
				b.Helper()
				if err != nil {
					b.Fatal(err)
				}
			}
			dir, remove, err := testAssembly()
			fatal(err)
			defer remove()
			x, err := local.Start(b.Context(), dir, local.Options{TLS: c.tls})
			fatal(err)
			defer func() { fatal(x.Close()) }()
			url, err := x.URL("Hello")
			fatal(err)
			transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: x.Certificates()}, Protocols: new(http.Protocols)}
			transport.Protocols.SetHTTP1(!c.http2)
			transport.Protocols.SetHTTP2(c.http2)
			defer transport.CloseIdleConnections()
			get := func() time.Duration {
				start := time.Now()
				resp, err := (&http.Client{Transport: transport}).Get(url)
				fatal(err)
				_, err = io.Copy(io.Discard, resp.Body)
				fatal(err)
				resp.Body.Close()
				return time.Since(start)
			}
			get() // the cold one
			var took []time.Duration
			b.ReportAllocs()
			for b.Loop() {
				time.Sleep(time.Millisecond) // the runtime asks for its next event
				took = append(took, get())
			}
			durations := reported(b, x)[1:]
			if len(durations) != len(took) {
				b.Fatalf("%d reports of %d requests", len(durations), len(took))
			}
			added := make([]time.Duration, len(took))
			for i := range took {
				added[i] = took[i] - durations[i]
			}
			for name, s := range map[string][]time.Duration{"client": took, "duration": durations, "added": added} {
				slices.Sort(s)
				b.ReportMetric(float64(s[len(s)/2])/1e3, name+"-µs")
			}
			b.ReportMetric(float64(added[len(added)*9/10])/1e3, "added-p90-µs")
		})
	}
}

// reported are the Durations of the test's function, in order.
func reported(b *testing.B, x *local.Executor) (durations []time.Duration) {
	b.Helper()
	in := &cloudwatchlogs.FilterLogEventsInput{LogGroupName: new("/tiny/hello"), FilterPattern: new(`{ $.type = "platform.report" }`)}
	pages := cloudwatchlogs.NewFilterLogEventsPaginator(cloudwatchlogs.NewFromConfig(awsConfig(x)), in)
	for pages.HasMorePages() {
		page, err := pages.NextPage(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		for _, e := range page.Events {
			var r struct {
				Record struct {
					Metrics struct{ DurationMs float64 }
				}
			}
			if err := json.Unmarshal([]byte(*e.Message), &r); err != nil {
				b.Fatal(err)
			}
			durations = append(durations, time.Duration(r.Record.Metrics.DurationMs*1e6))
		}
	}
	return durations
}
