package collect

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
)

// TestStreams is which log streams are read: of the version, on both sides of
// midnight, in the default group and in one that several functions share.
func TestStreams(t *testing.T) {
	for _, test := range []struct {
		group      string
		to         time.Duration // from 00:00 UTC of 2 January 2000
		took       time.Duration
		want, next string // prefixes; next: of the other day
	}{
		{"/orders/function", 12 * time.Hour, 0, "2000/01/02/orders[7]", ""},
		{"/aws/lambda/orders", 12 * time.Hour, 0, "2000/01/02/[7]", ""},
		{"/aws/lambda/orders-2", 12 * time.Hour, 0, "2000/01/02/orders[7]", ""},
		{"/orders/function", 10 * time.Second, time.Minute, "2000/01/01/orders[7]", "2000/01/02/orders[7]"},
		{"/orders/function", -4 * time.Minute, 5 * time.Second, "2000/01/01/orders[7]", "2000/01/02/orders[7]"},
		{"/orders/function", 24*time.Hour - 4*time.Minute - 30*time.Second, 7 * time.Minute, "2000/01/02/orders[7]", "2000/01/03/orders[7]"},
		{"/orders/function", -6 * time.Minute, time.Second, "2000/01/01/orders[7]", ""},
	} {
		synctest.Test(t, func(t *testing.T) {
			midnight := time.Date(2000, 1, 2, 0, 0, 0, 0, time.UTC)
			c := newCloud(t)
			c.group = test.group
			b := c.batch("7", 2)
			b.To = midnight.Add(test.to)
			b.From = b.To.Add(-test.took)
			want := []string{test.want}
			if test.next != "" {
				want = append(want, test.next)
			}
			got := newJoin(b).prefixes()
			if !slices.Equal(got, want) {
				t.Errorf("%s, %s until %s: got %q, want %q", test.group, b.From, b.To, got, want)
			}

			// An environment on each day, and the batch as a run hands it over.
			time.Sleep(time.Until(b.To))
			for i, prefix := range []string{want[0], want[len(want)-1]} {
				r := fmt.Sprintf("r%d", i)
				c.access(fmt.Sprintf("g%d", i), r, 0)
				c.put(c.group, prefix+"0123456789abcdef", c.start(r, "7"), 0)
				c.put(c.group, prefix+"0123456789abcdef", c.report(r, init20), 0)
			}
			if collect(t, b); outcomes(b) != "cold, cold" {
				t.Errorf("%s until %s: got %s", test.group, b.To, outcomes(b))
			}
		})
	}
}

// TestUnnamed is an emulator, or an AWS of other days, with other names for
// streams: the first batch finds out, later ones know.
func TestUnnamed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCloud(t)
		other := func(gateway, request string) {
			c.access(gateway, request, 0)
			c.put(c.group, "stream-of-"+request, c.start(request, "7")+c.report(request, init20), 0)
		}
		back := make(chan Batch)
		col := New(func(b Batch) { back <- b })
		ended := make(chan error, 1)
		go func() { ended <- col.Run(t.Context()) }()
		for i, want := range []time.Duration{patience / 12, 0} {
			other("g0", fmt.Sprintf("r%d", i))
			start := time.Now()
			col.Add(c.batch("7", 1))
			if b := <-back; outcomes(b) != "cold" {
				t.Errorf("batch %d: got %s", i, outcomes(b))
			}
			if took := time.Since(start); took < want || took > want+2*time.Second {
				t.Errorf("batch %d took %s, want a little more than %s", i, took, want)
			}
		}
		col.Close()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		warnings := col.Warnings()
		if len(warnings) != 1 || !strings.Contains(warnings[0], "streams are not named") {
			t.Errorf("warnings %q, want one about the names of streams", warnings)
		}
		paced(t, c)
	})
}

// TestSource: an event is handed over once, however often it is read.
func TestSource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCloud(t)
		s := newSource(c.target(), c.group, "", "", time.Now())
		var got []string
		p := &pace{every: poll}
		for i := range 40 {
			c.put(c.group, "s", fmt.Sprint(i), time.Duration(i%5)*30*time.Second)
			time.Sleep(30 * time.Second)
			if err := s.read(t.Context(), p, func(e types.FilteredLogEvent) { got = append(got, *e.Message) }); err != nil {
				t.Fatal(err)
			}
		}
		seen := map[string]bool{}
		for _, m := range got {
			if seen[m] {
				t.Errorf("event %s came twice", m)
			}
			seen[m] = true
		}
		if len(got) < 36 { // the last ones are not visible yet
			t.Errorf("%d of 40 events came", len(got))
		}
		if len(s.seen) > 10 {
			t.Errorf("%d events are remembered, want those of the overlap", len(s.seen))
		}
	})
}

// TestFirstPageOnly: what was read before a page failed is of use.
func TestFirstPageOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCloud(t)
		c.pageSize = 1
		n := 0
		c.fail = func(_ int, group string) (string, string) {
			if group != accessGroup {
				return "", ""
			}
			if n++; n%2 == 0 {
				return "ThrottlingException", "Rate exceeded"
			}
			return "", ""
		}
		b := c.batch("7", 1)
		c.serve("g0", "r0", "7", init20)
		c.serve("x0", "y0", "7", init20)
		if took, _ := collect(t, b); outcomes(b) != "cold" || took > 5*time.Second {
			t.Errorf("got %s after %s, want cold at once", outcomes(b), took)
		}
	})
}
