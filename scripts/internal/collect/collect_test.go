package collect

import (
	"fmt"
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
				want := "?START ?REPORT ?INIT_REPORT"
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
