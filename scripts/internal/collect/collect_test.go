package collect

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coldcrank/coldcrank/infra/outputs"
	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
)

// collect runs batches through a collector and returns how long it took.
func collect(t *testing.T, batches ...Batch) (took time.Duration, warnings []string) {
	t.Helper()
	done := map[*dataset.Sample]int{}
	c := New(func(b Batch) {
		for _, s := range b.Samples {
			done[s]++
		}
	})
	for _, b := range batches {
		c.Add(b)
	}
	c.Close()
	start := time.Now()
	if err := c.Run(t.Context()); err != nil {
		t.Error(err)
	}
	for _, b := range batches {
		for _, s := range b.Samples {
			if done[s] != 1 {
				t.Errorf("request %s came back %d times", s.GatewayRequestID, done[s])
			}
		}
	}
	return time.Since(start), c.Warnings()
}

const init20 = 20 * time.Millisecond

func TestJoin(t *testing.T) {
	for _, test := range []struct {
		name string
		logs func(c *cloud)
		want string        // outcomes of two requests to version 7
		took time.Duration // at most
	}{
		{"cold and warm", func(c *cloud) {
			c.serve("g0", "r0", "7", init20)
			c.serve("g1", "r1", "7", 0)
		}, "cold, warm", time.Second},
		{"requests of others between", func(c *cloud) {
			c.serve("x0", "y0", "7", init20)
			c.serve("g0", "r0", "7", init20)
			c.put(c.group, c.stream("7", "a"), "REPORT of the day: all is well", 0)
			c.put(c.group, c.stream("7", "a"), `{"type":"platform.unknown","record":{}}`, 0)
			c.put(accessGroup, "access", "no JSON", 0)
			c.put(accessGroup, "access", `{"status":"200"}`, 0)
			c.serve("x1", "y1", "7", init20)
			c.serve("g1", "r1", "7", init20)
		}, "cold, cold", time.Second},
		{"another function of the same group", func(c *cloud) {
			c.function = "others"
			c.serve("x0", "y0", "7", init20)
			c.function = "orders"
			c.serve("g0", "r0", "7", init20)
			c.serve("g1", "r1", "7", init20)
		}, "cold, cold", time.Second},
		{"access records later than the function's log", func(c *cloud) {
			for i := range 2 {
				r := fmt.Sprintf("r%d", i)
				c.put(c.group, c.stream("7", r), c.report(r, init20), 0) // and REPORT before START
				c.put(c.group, c.stream("7", r), c.start(r, "7"), 0)
				c.access(fmt.Sprintf("g%d", i), r, 20*time.Second)
			}
		}, "cold, cold", 21 * time.Second},
		{"late by almost all of the patience, with newer events before", func(c *cloud) {
			c.access("g0", "r0", 170*time.Second)
			c.put(c.group, c.stream("7", "a"), c.start("r0", "7"), 172*time.Second)
			c.put(c.group, c.stream("7", "a"), c.report("r0", init20), 175*time.Second)
			time.Sleep(150 * time.Second)
			c.serve("g1", "r1", "7", 0)
		}, "cold, warm", 30 * time.Second},
		{"REPORT too late", func(c *cloud) {
			c.serve("g0", "r0", "7", init20)
			c.access("g1", "r1", 0)
			c.put(c.group, c.stream("7", "a"), c.start("r1", "7"), 0)
			c.put(c.group, c.stream("7", "a"), c.report("r1", init20), patience+5*time.Second)
		}, "cold, log missing", patience + 2*time.Second},
		{"no START", func(c *cloud) {
			c.serve("g0", "r0", "7", init20)
			c.access("g1", "r1", 0)
			c.put(c.group, c.stream("7", "a"), c.report("r1", init20), 0)
		}, "cold, log missing", patience + 2*time.Second},
		{"no access record", func(c *cloud) {
			c.serve("g0", "r0", "7", init20)
		}, "cold, log missing", patience + 2*time.Second},
		{"delivered twice", func(c *cloud) {
			c.serve("g0", "r0", "7", init20)
			c.serve("g0", "r0", "7", init20) // other event ids
			c.serve("g1", "r1", "7", init20)
			c.events = append(c.events, c.events...) // the same event ids
		}, "cold, cold", time.Second},
		{"another version answered", func(c *cloud) {
			c.serve("g0", "r0", "7", init20)
			c.serve("g1", "r1", "6", 0)
		}, "cold, stale", patience/12 + 2*time.Second},
		{"refused by the gateway", func(c *cloud) {
			c.serve("g0", "r0", "7", init20)
			c.access("g1", "-", 0)
		}, "cold, log missing", time.Second},
		{"refused by Lambda, with an id", func(c *cloud) {
			c.serve("g0", "r0", "7", init20)
			c.access("g1", "r1", 0, "integrationErrorMessage", "Rate Exceeded.", "integrationError", "Rate Exceeded.")
		}, "cold, log missing", time.Second},
		{"the function's id under its other name", func(c *cloud) {
			c.serve("g0", "r0", "7", init20)
			c.access("g1", "-", 0, "awsEndpointRequestId", "r1")
			c.put(c.group, c.stream("7", "a"), c.start("r1", "7"), 0)
			c.put(c.group, c.stream("7", "a"), c.report("r1", 0), 0)
		}, "cold, warm", time.Second},
		{"glued events", func(c *cloud) {
			c.access("g0", "r0", 0)
			c.access("g1", "r1", 0)
			c.put(c.group, c.stream("7", "a"), c.start("r0", "7")+c.report("r0", init20)+c.start("r1", "7")+c.report("r1", 0), 0)
		}, "cold, warm", time.Second},
		{"a damaged line beside whole ones", func(c *cloud) {
			c.serve("g0", "r0", "7", init20)
			c.access("g1", "r1", 0)
			damaged := strings.NewReplacer("1.5", "-1.5", "1.50", "x").Replace(strings.TrimSuffix(c.report("rx", 0), "\n"))
			c.put(c.group, c.stream("7", "a"), damaged+"\n"+c.start("r1", "7")+"\n"+c.report("r1", 0), 0)
		}, "cold, warm", time.Second},
	} {
		for _, json := range []bool{false, true} {
			for _, paging := range []struct {
				size, empty int
				shuffle     bool
			}{{}, {size: 1}, {size: 2, empty: 2, shuffle: true}} {
				t.Run(fmt.Sprintf("%s/json=%t/page=%d", test.name, json, paging.size), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						c := newCloud(t)
						c.json, c.pageSize, c.empty, c.shuffle = json, paging.size, paging.empty, paging.shuffle
						b := c.batch("7", 2)
						test.logs(c)
						b.To = time.Now()
						took, warnings := collect(t, b)
						if got := outcomes(b); got != test.want {
							t.Errorf("got %s, want %s", got, test.want)
						}
						// Each page is a call, and calls are a poll apart.
						if limit := test.took + time.Duration(len(c.events)*2*(paging.empty+1))*poll; took > limit {
							t.Errorf("took %s, want at most %s", took, limit)
						}
						if strings.Contains(test.want, "log missing") && test.took > patience && took < patience {
							t.Errorf("gave up after %s, before the patience was over", took)
						}
						if len(warnings) > 0 {
							t.Errorf("warnings %q", warnings)
						}
						paced(t, c)
					})
				})
			}
		}
	}
}

// paced checks that no two calls were closer than the pace. The time is
// synthetic: no machine is too slow for it.
func paced(t *testing.T, c *cloud) {
	t.Helper()
	for i := 1; i < len(c.calls); i++ {
		if apart := c.calls[i].at.Sub(c.calls[i-1].at); apart < poll {
			t.Fatalf("calls %d and %d are %s apart, want %s", i-1, i, apart, poll)
		}
	}
}

func TestFields(t *testing.T) {
	for _, json := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			c := newCloud(t)
			c.json = json
			b := c.batch("7", 2)
			c.serve("g0", "r0", "7", init20)
			c.serve("g1", "r1", "7", 0)
			collect(t, b)
			cold, warm := b.Samples[0], b.Samples[1]
			got := fmt.Sprintln(cold.RequestID, cold.Version, cold.LogStream, *cold.InitNS, *cold.DurationNS, *cold.BilledNS, *cold.MemoryMB,
				*cold.MaxMemoryUsedMB, *cold.IntegrationLatencyMS, *cold.ResponseLatencyMS, cold.GatewayError, cold.ReportStatus, cold.RestoreNS, warm.InitNS)
			want := fmt.Sprintln("r0", "7", c.stream("7", "e-r0"), 20000000, 1500000, 22000000, 512, 16, 12, 14.5, "", "", "<nil>", "<nil>")
			if got != want {
				t.Errorf("json %t: got\n%swant\n%s", json, got, want)
			}
			for _, call := range c.calls {
				want := "?START ?REPORT"
				if json {
					want = `{ $.type = "platform.*" }`
				}
				if call.group == accessGroup {
					want = ""
				}
				if call.pattern != want {
					t.Errorf("json %t: pattern %q for %s, want %q", json, call.pattern, call.group, want)
				}
			}
		})
	}
}

// TestOutcome is what the client and the access record alone decide.
func TestOutcome(t *testing.T) {
	for _, test := range []struct {
		name   string
		sample dataset.Sample
		report bool // a cold start's REPORT of version 7
		want   dataset.Outcome
	}{
		{"cold", dataset.Sample{Status: 200}, true, dataset.Cold},
		{"redirect", dataset.Sample{Status: 302}, true, dataset.Cold},
		{"no REPORT", dataset.Sample{Status: 200}, false, dataset.LogMissing},
		{"stage throttling", dataset.Sample{Status: 429}, false, dataset.Throttled},
		{"the function's own 429", dataset.Sample{Status: 429}, true, dataset.Failed},
		{"Lambda's throttling", dataset.Sample{Status: 503, GatewayError: "Rate Exceeded."}, false, dataset.Throttled},
		{"Lambda's throttling by name", dataset.Sample{Status: 503, GatewayError: "TooManyRequestsException"}, false, dataset.Throttled},
		{"timeout at the gateway", dataset.Sample{Status: 503, GatewayError: "Endpoint request timed out"}, true, dataset.Failed},
		{"503 without a reason", dataset.Sample{Status: 503}, false, dataset.Failed},
		{"function error", dataset.Sample{Status: 500}, true, dataset.Failed},
		{"not found", dataset.Sample{Status: 404}, true, dataset.Failed},
		{"no answer", dataset.Sample{ErrorClass: "reset"}, false, dataset.Failed},
		{"half an answer", dataset.Sample{Status: 200, ErrorClass: "timeout"}, true, dataset.Failed},
	} {
		synctest.Test(t, func(t *testing.T) {
			c := newCloud(t)
			b := c.batch("7", 0)
			s := test.sample
			b.Samples = append(b.Samples, &s)
			if s.Status != 0 {
				s.GatewayRequestID = "g"
				if s.GatewayError != "" {
					c.access("g", "r", 0, string(outputs.AccessIntegrationError), s.GatewayError)
				} else if test.report {
					c.access("g", "r", 0)
				}
				s.GatewayError = ""
			}
			if test.report {
				c.put(c.group, c.stream("7", "a"), c.start("r", "7")+c.report("r", init20), 0)
			}
			if collect(t, b); s.Outcome != test.want {
				t.Errorf("%s: got %s, want %s", test.name, s.Outcome, test.want)
			}
		})
	}
}

func TestReportStatus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCloud(t)
		b := c.batch("7", 1)
		c.access("g0", "r0", 0)
		c.put(c.group, c.stream("7", "a"), c.start("r0", "7"), 0)
		c.put(c.group, c.stream("7", "a"), strings.TrimSpace(c.report("r0", init20))+"\tStatus: timeout\n", 0)
		collect(t, b)
		if s := b.Samples[0]; s.Outcome != dataset.Failed || s.ReportStatus != "timeout" || s.InitNS == nil {
			t.Errorf("got %s, status %q, init %v; want failed, timeout, and what was measured", s.Outcome, s.ReportStatus, s.InitNS)
		}
	})
}

// TestWithoutAccessLog: nothing names the requests that were in flight
// together, and nothing is read for them.
func TestWithoutAccessLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCloud(t)
		b := c.batch("7", 2)
		b.Target.AccessLogs = ""
		took, warnings := collect(t, b, b1(c))
		if outcomes(b) != "log missing, log missing" || took > 0 || len(c.calls) > 0 {
			t.Errorf("got %s after %s and %d calls; want log missing at once", outcomes(b), took, len(c.calls))
		}
		if len(warnings) != 1 || !strings.Contains(warnings[0], "no access log") {
			t.Errorf("warnings %q", warnings)
		}
	})
}

// b1 is a batch without requests.
func b1(c *cloud) Batch { return c.batch("8", 0) }

// TestManyBatches is a long run: batches wait for each other's calls, share
// the pace and the access log, and come back in any case.
func TestManyBatches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCloud(t)
		var back []string
		col := New(func(b Batch) { back = append(back, b.Version+" "+outcomes(b)) })
		ended := make(chan error, 1)
		go func() { ended <- col.Run(t.Context()) }()
		var want []string
		for n := range 30 {
			v := fmt.Sprint(n + 2)
			b := c.batch(v, 3)
			for i, s := range b.Samples {
				s.GatewayRequestID = fmt.Sprintf("g%d-%d", n, i)
				c.access(s.GatewayRequestID, fmt.Sprintf("r%d-%d", n, i), time.Duration(n%7)*time.Second)
				r := fmt.Sprintf("r%d-%d", n, i)
				c.put(c.group, c.stream(v, r), c.start(r, v), time.Duration(n%5)*time.Second)
				c.put(c.group, c.stream(v, r), c.report(r, init20), time.Duration(n%11)*time.Second)
			}
			want = append(want, v+" cold, cold, cold")
			col.Add(b)
			time.Sleep(2 * time.Second)
		}
		col.Close()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		slices.Sort(back)
		slices.Sort(want)
		if !slices.Equal(back, want) {
			t.Errorf("got %q, want %q", back, want)
		}
		if w := col.Warnings(); w != nil {
			t.Errorf("warnings %q", w)
		}
		paced(t, c)
	})
}

// TestTargetsShareThePace: the quota is the account's.
func TestTargetsShareThePace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCloud(t)
		one, two := c.batch("7", 1), c.batch("9", 1)
		two.Target.Name = "Health"
		two.Samples[0].GatewayRequestID = "h0"
		c.serve("g0", "r0", "7", init20)
		c.serve("h0", "r1", "9", init20)
		if collect(t, one, two); outcomes(one) != "cold" || outcomes(two) != "cold" {
			t.Errorf("got %s and %s", outcomes(one), outcomes(two))
		}
		paced(t, c)
	})
}

// TestCancel: what is there is handed over once, whenever the run is ended.
func TestCancel(t *testing.T) {
	stopped := errors.New("stopped")
	for _, after := range []time.Duration{0, poll / 2, 5 * poll, time.Minute} {
		synctest.Test(t, func(t *testing.T) {
			c := newCloud(t)
			back, got := map[string]int{}, map[string]string{}
			col := New(func(b Batch) { back[b.Version]++; got[b.Version] = outcomes(b) })
			ctx, cancel := context.WithCancelCause(t.Context())
			ended := make(chan error, 1)
			go func() { ended <- col.Run(ctx) }()
			c.serve("g0", "r0", "7", init20)
			col.Add(c.batch("7", 2)) // g1 never comes
			col.Add(c.batch("8", 1))
			time.Sleep(after)
			cancel(stopped)
			synctest.Wait()
			if len(back) != 2 {
				t.Errorf("canceled after %s: %d batches back, want 2 at once", after, len(back))
			}
			col.Add(c.batch("9", 1)) // a round that just ended
			col.Close()
			if err := <-ended; !errors.Is(err, stopped) {
				t.Errorf("canceled after %s: got %v, want the cause", after, err)
			}
			for _, v := range []string{"7", "8", "9"} {
				if back[v] != 1 {
					t.Errorf("canceled after %s: batch %s came back %d times", after, v, back[v])
				}
			}
			if after == time.Minute && got["7"] != "cold, log missing" {
				t.Errorf("what was joined before is lost: %q", got["7"])
			}
			if w := col.Warnings(); w != nil {
				t.Errorf("warnings %q: ending a run is no fault of the log's", w)
			}
			paced(t, c)
		})
	}
}

// TestDeadline: a pace that reaches beyond the deadline is no error of the log's.
func TestDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCloud(t)
		ctx, cancel := context.WithTimeout(t.Context(), 3*poll+poll/2)
		defer cancel()
		col := New(func(Batch) {})
		col.Add(c.batch("7", 1))
		col.Close()
		if err := col.Run(ctx); !errors.Is(err, context.DeadlineExceeded) || len(c.calls) != 4 || col.Warnings() != nil {
			t.Errorf("got %v after %d calls, warnings %q; want the deadline after 4", err, len(c.calls), col.Warnings())
		}
	})
}

func TestCloseWithNothingToDo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		col := New(func(Batch) { t.Error("a batch came back") })
		ended := make(chan error, 1)
		go func() { ended <- col.Run(t.Context()) }()
		time.Sleep(time.Hour)
		col.Close()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}
