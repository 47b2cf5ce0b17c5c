package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
)

const filterLogEvents = "FilterLogEvents"

// fault is what happens to the calls of a run of two rounds of two, and how the
// run ends.
type fault struct {
	name  string
	set   func(p *faultProxy)
	front func(p *faultProxy) http.Handler // between the command and the proxy; nil: nothing
	args  []string

	code int
	says []string // lines of stderr; # is a number or an id
	cold int      // verified, of four; -1 where the moment decides
	sent int      // requests kept, where not four
	left bool     // until coldcrank restore, which meets no fault
}

const (
	putBack    = "everything is put back as it was"
	notPutBack = "not everything could be put back; what is left stands in #.journal.json"
)

// TestFaults puts faults between the command and AWS's API. For each: how the
// run ends, what the user reads, that what was measured is kept, and that
// nothing is left changed, by the service's own answers.
func TestFaults(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for the SDK's back-off")
	}
	p := startPlant(t)
	before := p.state(t)
	for _, f := range slices.Concat(logFaults(), callFaults(), tenths(1), tenths(2)) {
		t.Run(f.name, func(t *testing.T) {
			proxy := startFaultProxy(t, p.executor.Endpoint())
			if f.set != nil {
				f.set(proxy)
			}
			endpoint := proxy.URL
			if f.front != nil {
				s := httptest.NewServer(f.front(proxy))
				t.Cleanup(s.Close)
				endpoint = s.URL
			}
			v := startDeployed(t, endpoint, p.outputs(t, endpoint))
			v.cmd.Args = append(v.cmd.Args, f.args...)
			p.suffer(t, v, f, before, func() { proxy.before, proxy.served = nil, nil })
		})
	}
}

// suffer makes the run and checks what it left. heal ends the fault.
func (p *plant) suffer(t *testing.T, v *victim, f fault, before string, heal func()) {
	t.Helper()
	v.start(t)
	v.wait(t, 2*time.Minute)
	said := v.stderr.String()
	defer func() {
		if t.Failed() {
			t.Logf("%s, and it said\n%s", v.cmd.ProcessState, said)
		}
	}()
	if v.code() != f.code {
		t.Errorf("exit code %d, want %d", v.code(), f.code)
	}
	lines := strings.Split(regexp.MustCompile(`\S*[0-9A-Fa-f]{12}\S*?|\b[0-9]+\b`).ReplaceAllString(said, "#"), "\n")
	for _, want := range f.says {
		if !slices.Contains(lines, want) {
			t.Errorf("no line\n%s\nin\n%s", want, strings.Join(lines, "\n"))
		}
	}

	if f.left {
		if p.state(t) == before {
			t.Error("nothing is left: that was not the fault")
		}
		heal()
		must(t, v.restore(t))
	}
	p.asBefore(t, before)
	if left := v.journals(t); left != nil {
		t.Errorf("journals are left: %v", left)
	}

	files, err := filepath.Glob(filepath.Join(v.results, "*.jsonl*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("results %v (%v), want one file", files, err)
	}
	sent := 4
	if f.sent > 0 {
		sent = f.sent
	}
	cold, kept := 0, readRun(t, files[0])
	for _, s := range kept.Samples {
		switch s.Outcome {
		case dataset.Cold:
			cold++
		case dataset.LogMissing:
		default:
			t.Errorf("round %d, request %d is %s: %d, cold or log missing is the truth", s.Round, s.Index, s.Outcome, s.Status)
		}
	}
	if kept.End != nil && (f.code != exitFailed && kept.End.Error != "" || f.code == exitFailed && !f.left && kept.End.Error == "") {
		t.Errorf("the file's end says that the run failed by %q", kept.End.Error)
	}
	for line := range strings.Lines(said) {
		if w, ok := strings.CutPrefix(strings.TrimSpace(line), "coldcrank: warning: "); ok && strings.Contains(w, ": access log ") && !slices.Contains(kept.End.Warnings, w) {
			t.Errorf("the file's end does not have %q, but %q", w, kept.End.Warnings)
		}
	}
	if len(kept.Samples) != sent || cold != f.cold && f.cold >= 0 {
		t.Errorf("%d samples, %d cold; want %d and %d", len(kept.Samples), cold, sent, f.cold)
	}
}

// logFaults are of CloudWatch Logs: what comes is late, twice, in another
// order, on pages after empty ones, or never.
func logFaults() []fault {
	pages := func(change func(list []map[string]any) []map[string]any) func(*faultProxy) {
		return func(p *faultProxy) {
			p.served = func(c faultCall, a *faultAnswer) {
				if c.Operation == filterLogEvents {
					a.Body = rewrite(p.t, a.Body, change)
				}
			}
		}
	}
	return []fault{
		{name: "no fault", cold: 4, says: []string{putBack}},
		{name: "logs late", args: []string{"--patience", "20s"}, cold: 4, says: []string{putBack},
			set: func(p *faultProxy) {
				began := time.Now()
				pages(func(list []map[string]any) []map[string]any {
					if time.Since(began) < 4*time.Second {
						return list[:0]
					}
					return list
				})(p)
			}},
		{name: "logs later than the patience", args: []string{"--patience", "1s"}, code: exitInconclusive,
			says: []string{putBack, "Tiny/Hello: # of # cold starts verified, fewer than # %: inconclusive"},
			set:  pages(func(list []map[string]any) []map[string]any { return list[:0] })},
		{name: "events twice and in another order", cold: 4, says: []string{putBack},
			set: pages(func(list []map[string]any) []map[string]any {
				list = append(list, list...)
				slices.Reverse(list)
				return list
			})},
		{name: "events twice, as other events", cold: 4, says: []string{putBack},
			set: pages(func(list []map[string]any) []map[string]any {
				for _, e := range slices.Clone(list) {
					again := map[string]any{"eventId": fmt.Sprint(e["eventId"], "0")}
					for k, v := range e {
						if k != "eventId" {
							again[k] = v
						}
					}
					list = append(list, again)
				}
				return list
			})},
		{name: "an empty page before each", cold: 4, says: []string{putBack}, front: emptyPages},
		{name: "a REPORT is missing", args: []string{"--patience", "1s"}, code: exitInconclusive, cold: 3,
			says: []string{putBack, "Tiny/Hello: # of # cold starts verified, fewer than # %: inconclusive"},
			set: func(p *faultProxy) {
				var mu sync.Mutex
				var lost any
				pages(func(list []map[string]any) []map[string]any {
					mu.Lock()
					defer mu.Unlock()
					return slices.DeleteFunc(list, func(e map[string]any) bool {
						m := fmt.Sprint(e["message"])
						if !strings.Contains(m, "platform.report") && !strings.HasPrefix(m, "REPORT") {
							return false
						}
						if lost == nil {
							lost = e["message"]
						}
						return e["message"] == lost
					})
				})(p)
			}},
	}
}

// rewrite changes the events of a page.
func rewrite(t *testing.T, body []byte, change func([]map[string]any) []map[string]any) []byte {
	var page map[string]json.RawMessage
	if err := json.Unmarshal(body, &page); err != nil {
		t.Errorf("page: %v in %s", err, body)
		return body
	}
	var list []map[string]any
	if err := json.Unmarshal(page["events"], &list); err != nil {
		t.Errorf("events: %v in %s", err, body)
		return body
	}
	data, err := json.Marshal(change(list))
	if err == nil {
		page["events"] = data
		data, err = json.Marshal(page)
	}
	if err != nil {
		t.Error(err)
		return body
	}
	return data
}

// emptyPages answers each first page of FilterLogEvents with an empty one and a
// token, which leads to the true first page.
func emptyPages(p *faultProxy) http.Handler {
	const token = "first"
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.Header.Get("X-Amz-Target"), "."+filterLogEvents) {
			p.ServeHTTP(w, r)
			return
		}
		var in map[string]any
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			p.t.Error(err)
		}
		switch in["nextToken"] {
		case nil:
			w.Header().Set("Content-Type", "application/x-amz-json-1.1")
			fmt.Fprintf(w, `{"events":[],"searchedLogStreams":[],"nextToken":%q}`, token)
			return
		case token:
			delete(in, "nextToken")
		}
		body, err := json.Marshal(in)
		if err != nil {
			p.t.Error(err)
		}
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(string(body))), int64(len(body))
		r.Header.Del("Content-Length")
		p.ServeHTTP(w, r)
	})
}

// TestWithoutAccessLog measures a target whose stack has no access log: the
// requests that were in flight alone are joined by time, the others are not.
func TestWithoutAccessLog(t *testing.T) {
	p := startPlant(t)
	before := p.state(t)
	file := p.outputs(t, p.executor.Endpoint())
	data := regexp.MustCompile(`\s*"HelloAccessLogs":.*`).ReplaceAll(readFile(t, file), nil)
	if err := os.WriteFile(file, data, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		burst string
		code  int
		want  map[dataset.Outcome]int
	}{
		{"1", exitOK, map[dataset.Outcome]int{dataset.Cold: 2, dataset.WarmStart: 6}},
		// The third warm one is alone, on a busy machine also the first two.
		{"2", exitInconclusive, map[dataset.Outcome]int{dataset.LogMissing: 8, dataset.WarmStart: 2}},
	} {
		t.Run("burst "+test.burst, func(t *testing.T) {
			v := startDeployed(t, p.executor.Endpoint(), file)
			v.cmd.Args = append(v.cmd.Args, "--burst", test.burst, "--warm", "3")
			v.start(t)
			v.wait(t, time.Minute)
			if said := v.stderr.String(); v.code() != test.code || !strings.Contains(said, "no access log") {
				t.Errorf("exit code %d, and it said\n%s", v.code(), said)
			}
			p.asBefore(t, before)
			files, err := filepath.Glob(filepath.Join(v.results, "*.jsonl"))
			if err != nil || len(files) != 1 {
				t.Fatalf("results %v (%v), want one file", files, err)
			}
			got := map[dataset.Outcome]int{}
			for _, s := range readRun(t, files[0]).Samples {
				got[s.Outcome]++
				if joined := s.Joined == dataset.JoinedByTime; joined != (s.Outcome != dataset.LogMissing) {
					t.Errorf("%s %d is %s, and marked %q", s.Phase, s.Index, s.Outcome, s.Joined)
				}
				if s.Outcome == dataset.Cold && s.Phase != dataset.Burst {
					t.Errorf("%s %d is cold", s.Phase, s.Index)
				}
			}
			if pairs := got[dataset.WarmStart] - test.want[dataset.WarmStart]; test.code == exitInconclusive && (pairs == 2 || pairs == 4) {
				got[dataset.WarmStart] -= pairs
				got[dataset.LogMissing] += pairs
			}
			if !maps.Equal(got, test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}
