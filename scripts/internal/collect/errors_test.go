package collect

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// TestErrors is an API that refuses: calls keep their pace, the batch still
// ends, and there is one warning of each kind, whatever the message says.
func TestErrors(t *testing.T) {
	for _, test := range []struct {
		name     string
		fail     func(n int, group string) (code, message string)
		want     string
		warnings []string
	}{
		{"for ever", func(n int, _ string) (string, string) {
			return "ResourceNotFoundException", fmt.Sprintf("no group, %d", n)
		}, "log missing", []string{"Shop/Orders: access log /aws/vendedlogs/orders: ResourceNotFoundException: no group, 0"}},
		{"the function's log for ever", func(_ int, group string) (string, string) {
			if group == accessGroup {
				return "", ""
			}
			return "AccessDeniedException", "no"
		}, "log missing", []string{"Shop/Orders: log /orders/function: AccessDeniedException: no"}},
		{"for a while", func(n int, _ string) (string, string) {
			switch {
			case n < 3:
				return "ThrottlingException", fmt.Sprintf("Rate exceeded, %d", n)
			case n == 3:
				return "ServiceUnavailableException", "later"
			}
			return "", ""
		}, "cold", []string{
			"Shop/Orders: access log /aws/vendedlogs/orders: ThrottlingException: Rate exceeded, 0",
			"Shop/Orders: access log /aws/vendedlogs/orders: ServiceUnavailableException: later"}},
		{"in the middle of pages", func(n int, _ string) (string, string) {
			if n%6 == 1 {
				return "ThrottlingException", "Rate exceeded"
			}
			return "", ""
		}, "cold", []string{"Shop/Orders: access log /aws/vendedlogs/orders: ThrottlingException: Rate exceeded"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newCloud(t)
				c.fail = test.fail
				c.pageSize = 1
				b := c.batch("7", 1)
				c.serve("x0", "y0", "7", init20)
				c.serve("g0", "r0", "7", init20)
				took, warnings := collect(t, b)
				if got := outcomes(b); got != test.want {
					t.Errorf("got %s, want %s", got, test.want)
				}
				if !slices.ContainsFunc(warnings, func(w string) bool { return w == test.warnings[0] }) || len(warnings) > len(test.warnings)+1 {
					t.Errorf("warnings %q, want %q", warnings, test.warnings)
				}
				if test.want == "log missing" && (took < patience || took > patience+2*time.Second) {
					t.Errorf("took %s, want the patience %s", took, patience)
				}
				paced(t, c)
			})
		})
	}
}

// TestEveryThirdCallFails: pages go on where they were, so that a read of 60
// pages comes to its end.
func TestEveryThirdCallFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCloud(t)
		c.pageSize = 1
		c.fail = func(n int, _ string) (string, string) {
			if n%3 == 2 {
				return "InternalFailure", "sorry"
			}
			return "", ""
		}
		for i := range 60 {
			c.serve(fmt.Sprintf("x%d", i), fmt.Sprintf("y%d", i), "7", 0)
		}
		b := c.batch("7", 1)
		c.serve("g0", "r0", "7", init20) // on the last page
		took, _ := collect(t, b)
		if outcomes(b) != "cold" || took > 90*time.Second {
			t.Errorf("got %s after %s", outcomes(b), took)
		}
		paced(t, c)
	})
}

// TestTokenExpired: a token that is not accepted any more is not sent again.
func TestTokenExpired(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCloud(t)
		c.pageSize = 1
		refused := 0
		c.fail = func(n int, _ string) (string, string) {
			if call := c.calls[n]; call.token == "1" && refused == 0 {
				refused++
				return "InvalidParameterException", "The specified nextToken is invalid."
			}
			return "", ""
		}
		c.serve("x0", "y0", "7", 0)
		c.serve("g0", "r0", "7", init20)
		b := c.batch("7", 1)
		if took, _ := collect(t, b); outcomes(b) != "cold" || took > 10*time.Second || refused != 1 || c.calls[2].token != "" {
			t.Errorf("got %s after %s and %d refusals; then token %q", outcomes(b), took, refused, c.calls[2].token)
		}
	})
}

// TestBackOff: calls that fail are further and further apart, up to a bound,
// and the first that does not is followed by the next at the agreed pace, and forgets.
func TestBackOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCloud(t)
		c.fail = func(n int, _ string) (string, string) {
			if n < 6 || n == 9 {
				return "ThrottlingException", "Rate exceeded"
			}
			return "", ""
		}
		b := c.batch("7", 1)
		c.access("g0", "r0", 10*time.Second)
		c.put(c.group, c.stream("7", "a"), c.start("r0", "7")+c.report("r0", init20), 0)
		if collect(t, b); outcomes(b) != "cold" {
			t.Errorf("got %s", outcomes(b))
		}
		want := []int{2, 4, 8, 8, 8, 8, 1, 1, 1, 2, 1}
		for i, w := range want {
			if got := c.calls[i+1].at.Sub(c.calls[i].at); got != time.Duration(w)*poll {
				t.Errorf("call %d follows after %s, want %d × %s", i+1, got, w, poll)
			}
		}
	})
}

// TestSilence: a call that never ends is given up, and made again.
func TestSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCloud(t)
		c.silent = func(n int) bool { return n == 0 || n == 2 }
		b := c.batch("7", 1)
		c.serve("g0", "r0", "7", init20)
		took, warnings := collect(t, b)
		if outcomes(b) != "cold" || took < 2*callLimit || took > 2*callLimit+5*time.Second || len(warnings) != 2 {
			t.Errorf("got %s after %s, warnings %q", outcomes(b), took, warnings)
		}
	})
}
