package collect

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

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
