package clients

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"

	"github.com/coldcrank/coldcrank/lambda/local/internal/docs"
)

// TestSigterm runs the function of the documentation that wants a word before its
// environment ends: it has it, and the word is in the log of its environment.
func TestSigterm(t *testing.T) {
	source, err := os.ReadFile("testdata/sigterm/main.go")
	check(t, err)
	docs.Hold(t, "ric.md", "## Before the end\n\n```go\n", "```\n", string(source))
	exe := filepath.Join(t.TempDir(), "bootstrap")
	goBuild(t, "testdata/sigterm", exe)
	s := start(t, func(dir string) { check(t, os.Rename(exe, filepath.Join(dir, "bootstrap"))) })
	for range 2 {
		if a := s.do(t, "GET", "/hello", "", ""); a.status != 200 || string(a.body) != "Healthy" {
			t.Errorf("%d %s", a.status, a.body)
		}
	}
	reports := s.reports(t, 2)
	for i, r := range reports {
		if cold := r.Record.Metrics.InitDurationMs > 0; cold != (i == 0) || r.Record.Status != "success" {
			t.Errorf("invocation %d: %+v", i, r)
		}
	}
	if n := s.executor.Recycle(); n != 1 {
		t.Errorf("%d environments end, want 1", n)
	}
	cw := cloudwatchlogs.NewFromConfig(s.aws)
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(time.Millisecond) {
		out, err := cw.FilterLogEvents(t.Context(), &cloudwatchlogs.FilterLogEventsInput{
			LogGroupName: new("/clients/function"), FilterPattern: new("flushed")})
		check(t, err)
		if len(out.Events) == 1 && *out.Events[0].LogStreamName == reports[0].stream {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("got %d events, want one in %s", len(out.Events), reports[0].stream)
		}
	}
}
