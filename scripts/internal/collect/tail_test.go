package collect

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
	"github.com/coldcrank/coldcrank/scripts/internal/target"
)

const tailID = "8f5f0f0a-1b2c-4d3e-8f00-000000000001"

// The last 4 KB begin anywhere in a line.
const (
	textTail = "rted\nEND RequestId: " + tailID + "\nREPORT RequestId: " + tailID +
		"\tDuration: 1.25 ms\tBilled Duration: 22 ms\tMemory Size: 512 MB\tMax Memory Used: 16 MB\tInit Duration: 20.50 ms\t\n"
	jsonTail = `ne"}` + "\n" + `{"time":"2026-11-24T10:00:00.000Z","type":"platform.report","record":{"requestId":"` + tailID +
		`","metrics":{"durationMs":1.25,"billedDurationMs":22,"memorySizeMB":512,"maxMemoryUsedMB":16,"initDurationMs":20.5},"status":"success"}}` + "\n"
)

// direct joins one request by Invoke as a collector would before any call.
func direct(status int, header map[string]string) (*dataset.Sample, *join) {
	h := http.Header{}
	for k, v := range header {
		h.Set(k, v)
	}
	s := &dataset.Sample{Status: status}
	b := Batch{Target: &target.Target{Direct: true}, Version: "7", Samples: []*dataset.Sample{s}, Tails: map[*dataset.Sample]Tail{}}
	if t, ok := TailOf(s, h); ok {
		b.Tails[s] = t
	}
	return s, newJoin(b)
}

func TestTail(t *testing.T) {
	encoded := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	forged := strings.Replace(textTail, "20.50", "1.00", 1)
	for _, test := range []struct {
		name   string
		status int
		header map[string]string
		done   bool // without a call for logs
		want   dataset.Outcome
	}{
		{"text", 200, map[string]string{"X-Amz-Executed-Version": "7", "X-Amz-Log-Result": encoded(textTail)}, true, dataset.Cold},
		{"json", 200, map[string]string{"X-Amz-Executed-Version": "7", "X-Amz-Log-Result": encoded(jsonTail)}, true, dataset.Cold},
		{"the platform's line is the last", 200, map[string]string{"X-Amz-Executed-Version": "7", "X-Amz-Log-Result": encoded(forged + textTail)}, true, dataset.Cold},
		{"warm", 200, map[string]string{"X-Amz-Executed-Version": "7", "X-Amz-Log-Result": encoded(strings.Replace(textTail, "\tInit Duration: 20.50 ms", "", 1))}, true, dataset.WarmStart},
		{"another version", 200, map[string]string{"X-Amz-Executed-Version": "6", "X-Amz-Log-Result": encoded(textTail)}, true, dataset.Stale},
		{"function error", 200, map[string]string{"X-Amz-Executed-Version": "7", "X-Amz-Function-Error": "Unhandled", "X-Amz-Log-Result": encoded(textTail)}, true, dataset.Failed},
		{"throttled", 429, map[string]string{"X-Amz-Log-Result": encoded(textTail)}, true, dataset.Throttled},
		{"service error", 500, nil, true, dataset.Failed},
		{"no tail", 200, map[string]string{"X-Amz-Executed-Version": "7"}, false, dataset.LogMissing},
		{"not base64", 200, map[string]string{"X-Amz-Executed-Version": "7", "X-Amz-Log-Result": "%%%"}, false, dataset.LogMissing},
		{"another request's", 200, map[string]string{"X-Amz-Executed-Version": "7", "X-Amz-Log-Result": encoded(strings.ReplaceAll(textTail, tailID, tailID[1:]+"2"))}, false, dataset.LogMissing},
	} {
		if test.header == nil {
			test.header = map[string]string{}
		}
		test.header["X-Amzn-Requestid"] = tailID
		s, j := direct(test.status, test.header)
		if done := j.complete(); done != test.done {
			t.Errorf("%s: complete %v, want %v", test.name, done, test.done)
		}
		j.settle()
		if s.Outcome != test.want {
			t.Errorf("%s: %s, want %s", test.name, s.Outcome, test.want)
		}
		if s.Outcome == dataset.Cold && (s.InitNS == nil || *s.InitNS != 20_500_000 || *s.DurationNS != 1_250_000 || s.RequestID != tailID || s.Version != "7") {
			t.Errorf("%s: %+v", test.name, s)
		}
	}
}

// FuzzTail: whatever a function wrote last, reading it ends in a report or none.
func FuzzTail(f *testing.F) {
	f.Add(textTail)
	f.Add(jsonTail)
	f.Fuzz(func(t *testing.T, log string) {
		r := Tail{log: base64.StdEncoding.EncodeToString([]byte(log))}.report(tailID)
		if r != nil && r.RequestID != tailID {
			t.Errorf("the report of %s", r.RequestID)
		}
	})
}
