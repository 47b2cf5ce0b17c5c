package stats

import (
	"fmt"
	"math"
	"strings"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
)

// enough is the share of a side's requests that must be verified: what is
// missing may be missing because it was slow.
const enough = 0.9

// judge turns the verdict of the measure that decides into that of the comparison.
// What has no times speaks too: failed requests by their number, and too many
// others by leaving open what they would have been. What NEW lacks can have made it
// look faster, never slower, and so takes nothing from Slower.
func (c *Comparison) judge(confidence float64) {
	m := &c.Measures[0]
	c.Verdict = m.Verdict
	if failing(c.Old.Counts, c.New.Counts, confidence) {
		c.Verdict = Failing
		c.Reason = c.Failures()
		return
	}
	if m.Rounds < FewestRounds && !tooFew(m.OldN, m.NewN, m.Confidence) {
		burst := ""
		if m.Rounds == 1 {
			burst = ", a single burst"
		}
		c.Reason = fmt.Sprintf("too few rounds: %d%s; %d or more tell how rounds differ", m.Rounds, burst, FewestRounds)
	}
	for _, side := range []*Side{c.Old, c.New} {
		if missing := side.Unverified(); missing != "" && (side == c.Old || c.Verdict != Slower) {
			c.Verdict = Inconclusive
			c.Reason = missing + ", and those that are not may have been slower"
		}
	}
}

// Failures says how many requests of both sides failed.
func (c *Comparison) Failures() string {
	o, n := c.Old.Counts, c.New.Counts
	return fmt.Sprintf("%d of %d requests of new failed, %d of %d of old", n.Failed, n.Requested, o.Failed, o.Requested)
}

// Unverified says how many requests of the bursts are verified, and what the others
// are; it is empty where enough are.
func (s *Side) Unverified() string {
	v := s.verified()
	if float64(v) >= enough*float64(s.Requested) {
		return ""
	}
	c := s.Counts
	var others []string
	for _, o := range []struct {
		n    int
		what dataset.Outcome
	}{
		{c.Failed, dataset.Failed}, {c.Throttled, dataset.Throttled}, {c.LogMissing, dataset.LogMissing},
		{c.Stale, dataset.Stale}, {c.Warm, dataset.WarmStart},
	} {
		if o.n > 0 && (o.what != dataset.WarmStart || s.Target.StartType != dataset.StartProvisioned) {
			others = append(others, fmt.Sprintf("%d %s", o.n, o.what))
		}
	}
	text := fmt.Sprintf("only %d of %d requests of %s are verified", v, s.Requested, s.Target.Key)
	if others != nil {
		text += " (" + strings.Join(others, ", ") + ")"
	}
	return text
}

// failing reports whether more of new's requests fail than of old's: all of them, or
// so many more that chance, with requests taken for independent, gives as many with
// no more than the probability that an interval of that confidence leaves above it
// (Fisher's exact test, one-sided).
func failing(old, new Counts, confidence float64) bool {
	if new.Failed == 0 || old.Requested == 0 {
		return false
	}
	if new.Failed == new.Requested {
		return old.Failed < old.Requested
	}
	return asMany(old.Failed, old.Requested, new.Failed, new.Requested) <= (1-confidence)/2
}

// asMany is the probability that of the failed requests of both sides, thrown
// together and drawn again, at least as many are new's.
func asMany(oldFailed, old, newFailed, new int) (sum float64) {
	failed := oldFailed + newFailed
	for k := newFailed; k <= min(failed, new); k++ {
		if failed-k <= old {
			sum += math.Exp(choose(new, k) + choose(old, failed-k) - choose(old+new, failed))
		}
	}
	return sum
}

// choose is the logarithm of the binomial coefficient.
func choose(n, k int) float64 {
	factorial := func(n int) float64 {
		v, _ := math.Lgamma(float64(n) + 1)
		return v
	}
	return factorial(n) - factorial(k) - factorial(n-k)
}
