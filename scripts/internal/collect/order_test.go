package collect

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coldcrank/coldcrank/lambda/reportlog"
	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
)

// TestJoinedByTime is a target without an access log. Requests are sent and
// answered at the given ms; the log's clock is 90 s ahead.
func TestJoinedByTime(t *testing.T) {
	const skewed = 90 * time.Second
	type request struct {
		sent, done int // ms
		status     int // 0: 200
	}
	type invocation struct {
		start   int    // ms, of the client's clock
		version string // "": 7
		half    bool   // START without REPORT
	}
	for _, test := range []struct {
		name        string
		requests    []request
		invocations []invocation // the first one is cold
		want        string
		ids         string
	}{
		{"one after the other", []request{{0, 40, 0}, {60, 65, 0}, {85, 90, 0}}, []invocation{{start: 30}, {start: 62}, {start: 86}},
			"cold, warm, warm", "r0 r1 r2"},
		{"in another order in the log", []request{{60, 65, 0}, {0, 40, 0}, {85, 90, 0}}, []invocation{{start: 30}, {start: 86}, {start: 62}},
			"warm, cold, warm", "r2 r0 r1"},
		{"one", []request{{0, 40, 0}}, []invocation{{start: 30}}, "cold", "r0"},
		{"a burst of two and one that is alone", []request{{0, 40, 0}, {1, 41, 0}, {60, 65, 0}}, []invocation{{start: 30}, {start: 31}, {start: 62}},
			"log missing, log missing, warm", "  r2"},
		{"overlapping with one that is long", []request{{0, 100, 0}, {10, 20, 0}, {30, 40, 0}}, []invocation{{start: 5}, {start: 15}, {start: 35}},
			"log missing, log missing, log missing", "  "},
		{"somebody else's between", []request{{0, 40, 0}, {60, 65, 0}}, []invocation{{start: 30}, {start: 50}, {start: 62}},
			"log missing, log missing", " "},
		{"a line is missing", []request{{0, 40, 0}, {60, 65, 0}}, []invocation{{start: 30}, {start: 62, half: true}},
			"log missing, log missing", " "},
		{"an invocation is missing", []request{{0, 40, 0}, {60, 65, 0}}, []invocation{{start: 30}},
			"log missing, log missing", " "},
		{"one is missing and another's is there: no clock fits", []request{{0, 40, 0}, {60, 65, 0}, {1000, 1005, 0}}, []invocation{{start: 30}, {start: 62}, {start: 700}},
			"log missing, log missing, log missing", "  "},
		{"another version's", []request{{0, 40, 0}, {60, 65, 0}}, []invocation{{start: 30}, {start: 62}, {start: 63, version: "6"}},
			"cold, warm", "r0 r1"},
		{"refused, perhaps by the gateway", []request{{0, 40, 0}, {60, 65, 503}}, []invocation{{start: 30}, {start: 62}},
			"log missing, failed", " "},
		{"two in one ms", []request{{0, 40, 0}, {60, 61, 0}, {62, 63, 0}}, []invocation{{start: 30}, {start: 61}, {start: 61}},
			"cold, log missing, log missing", "r0  "},
	} {
		for _, json := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/json=%t", test.name, json), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					c := newCloud(t)
					c.json = json
					b := c.batch("7", len(test.requests))
					b.Target.AccessLogs = ""
					for i, r := range test.requests {
						s := b.Samples[i]
						s.SentNS, s.DoneNS = new(int64(r.sent)*1e6), new(int64(r.done)*1e6)
						if r.status != 0 {
							s.Status = r.status
						}
					}
					c.ahead = skewed
					for i, v := range test.invocations {
						id, version := fmt.Sprintf("r%d", i), "7"
						if v.version != "" {
							version = v.version
						}
						c.ahead = skewed + time.Duration(v.start)*time.Millisecond
						c.put(c.group, c.stream(version, "e"), c.start(id, version), 0)
						init := init20
						if i > 0 {
							init = 0
						}
						if !v.half {
							c.put(c.group, c.stream(version, "e"), c.report(id, init), 0)
						}
					}
					slices.Reverse(c.events)
					_, warnings := collect(t, b)
					if got := outcomes(b); got != test.want {
						t.Errorf("got %s, want %s", got, test.want)
					}
					var ids []string
					for _, s := range b.Samples {
						ids = append(ids, s.RequestID)
						if joined := s.Joined == dataset.JoinedByTime; joined != (s.RequestID != "") {
							t.Errorf("sample %d of request %q is marked %q", s.Index, s.RequestID, s.Joined)
						}
					}
					if got := strings.Join(ids, " "); got != test.ids {
						t.Errorf("got ids %q, want %q", got, test.ids)
					}
					if len(warnings) != 1 || !strings.Contains(warnings[0], "no access log") {
						t.Errorf("warnings %q", warnings)
					}
				})
			})
		}
	}
}

// TestKinds is environments that were not made on demand.
func TestKinds(t *testing.T) {
	init := func(c *cloud, kind reportlog.Kind, of string) string {
		r := reportlog.Record{Kind: kind, Time: time.Now(), InitType: of, Phase: "init"}
		if kind == reportlog.InitReport {
			r.Duration = new(init20)
		}
		return string(r.JSON())
	}
	for _, test := range []struct {
		name string
		logs func(c *cloud, stream string)
		want string // outcome, type of init, Restore Duration
	}{
		{"on demand", func(c *cloud, s string) {
			c.put(c.group, s, init(c, reportlog.InitStart, "on-demand"), 0)
			c.put(c.group, s, c.report("r0", init20), 0)
		}, "cold  0s"},
		{"provisioned", func(c *cloud, s string) {
			c.put(c.group, s, init(c, reportlog.InitReport, "provisioned-concurrency"), 0)
			c.put(c.group, s, c.report("r0", 0), 0)
		}, "warm provisioned-concurrency 0s"},
		{"provisioned, with the Init Duration of before", func(c *cloud, s string) {
			c.put(c.group, s, init(c, reportlog.InitStart, "provisioned-concurrency"), 0)
			c.put(c.group, s, c.report("r0", init20), 0)
		}, "warm provisioned-concurrency 0s"},
		{"provisioned before the batch, with the Init Duration of before", func(c *cloud, s string) {
			c.environments = 2
			c.put(c.group, s, c.report("r0", init20), 0) // more than the 12 ms that the integration took
		}, "warm  0s"},
		{"provisioned, and the request waited for an environment of its own", func(c *cloud, s string) {
			c.environments = 2
			c.put(c.group, s, c.report("r0", init20/2), 0)
		}, "cold  0s"},
		{"provisioned, and the environment was made on demand", func(c *cloud, s string) {
			c.environments = 2
			c.put(c.group, s, init(c, reportlog.InitStart, "on-demand"), 0)
			c.put(c.group, s, c.report("r0", init20), 0)
		}, "cold  0s"},
		{"from a snapshot", func(c *cloud, s string) {
			c.put(c.group, s, init(c, reportlog.InitReport, "snap-start"), 0)
			r := reportlog.Record{Kind: reportlog.Report, Time: time.Now(), RequestID: "r0", Duration: new(time.Millisecond), RestoreDuration: new(init20), Status: "success"}
			c.put(c.group, s, string(r.JSON()), 0)
		}, "restored snap-start 20ms"},
	} {
		synctest.Test(t, func(t *testing.T) {
			c := newCloud(t)
			c.json = true
			b := c.batch("7", 1)
			stream := c.stream("7", "e")
			c.access("g0", "r0", 0)
			c.put(c.group, stream, c.start("r0", "7"), 0)
			test.logs(c, stream)
			b.Target.Provisioned = c.environments
			collect(t, b)
			s := b.Samples[0]
			restore := time.Duration(0)
			if s.RestoreNS != nil {
				restore = time.Duration(*s.RestoreNS)
			}
			if got := fmt.Sprint(s.Outcome, " ", s.InitType, " ", restore); got != test.want {
				t.Errorf("%s: got %s, want %s", test.name, got, test.want)
			}
		})
	}
}

// An init that failed belongs to the next request of its environment, whose REPORT has
// no Init Duration, in whatever order the events come; other environments' do not
// count, nor does the init that a request repeats in vain.
func TestFailedInits(t *testing.T) {
	for _, json := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			c := newCloud(t)
			c.json = json
			b := c.batch("7", 4)
			failed := func(stream, phase, status string) {
				r := reportlog.Record{Kind: reportlog.InitReport, Duration: new(10 * time.Second), Phase: phase, Status: status}
				c.put(c.group, stream, c.line(r), 0)
				time.Sleep(5 * time.Millisecond)
			}
			request := func(i int, stream string) {
				c.access(fmt.Sprint("g", i), fmt.Sprint("r", i), 0)
				c.put(c.group, stream, c.start(fmt.Sprint("r", i), "7"), 0)
				c.put(c.group, stream, c.report(fmt.Sprint("r", i), 0), 0)
				time.Sleep(5 * time.Millisecond)
			}
			one, two := c.stream("7", "one"), c.stream("7", "two")
			request(0, two)
			failed(one, "init", "timeout")
			request(1, one)
			failed(one, "invoke", "error")
			failed(two, "init", "success")
			request(2, one)
			request(3, two)
			c.shuffle = true
			collect(t, b)
			var got []string
			for _, s := range b.Samples {
				got = append(got, s.InitFailed)
			}
			if want := []string{"", "timeout", "", ""}; !slices.Equal(got, want) {
				t.Errorf("json %t: got %q, want %q", json, got, want)
			}
		})
	}
}
