package stats

import (
	"math"
	"sync"

	mathstats "github.com/aclements/go-moremath/stats"
)

// Plan says how two series are compared.
type Plan struct {
	Threshold  float64 // 0.05: what grows by more than 5 % is slower
	Confidence float64 // of the interval: 0.95
	Together   bool    // the sides took turns: a round of one is the same round of the other
	Rounds     int     // fewer of a side have neither an interval nor a verdict; 0: any number has
}

// Interval bounds a ratio.
type Interval struct {
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// Shift is by how much the values of new differ from those of old, as a ratio.
type Shift struct {
	OldN      int     `json:"old_n"`
	NewN      int     `json:"new_n"`
	OldMedian float64 `json:"old_median"`
	NewMedian float64 `json:"new_median"`

	// Values that are not above zero, of which no ratio is made; not in OldN and NewN.
	OldLeftOut int `json:"old_left_out,omitempty"`
	NewLeftOut int `json:"new_left_out,omitempty"`

	// Rounds are those that both sides have values of, or where they did not take
	// turns, of the side with fewer.
	Rounds int `json:"rounds"`

	// Ratio is the Hodges–Lehmann estimate: the median of the ratios of all pairs
	// of a new and an old value. Nil where a side has no value.
	Ratio *float64 `json:"ratio,omitempty"`
	// Interval holds the ratio with Confidence. Nil where the samples, or the rounds,
	// are too few for any.
	Interval   *Interval `json:"interval,omitempty"`
	Confidence float64   `json:"confidence"`
	Threshold  float64   `json:"threshold"`

	// Clusters is how many independent groups of samples the interval rests on:
	// rounds, or samples where there was but one round, which ByRound tells apart.
	Clusters int  `json:"clusters"`
	ByRound  bool `json:"by_round"`

	Verdict Verdict `json:"verdict"`
	// Further is how many more samples a side would probably decide an
	// inconclusive comparison, and FurtherRounds how many more rounds that is. Zero
	// where no number would, or too large a one; FurtherRounds also where not ByRound.
	Further       int `json:"further,omitempty"`
	FurtherRounds int `json:"further_rounds,omitempty"`

	OldModes []Mode `json:"old_modes,omitempty"` // two, where the values of a side gather in two places
	NewModes []Mode `json:"new_modes,omitempty"`
}

// Compare estimates the shift of the logarithms between two series by Hodges and
// Lehmann's median of all pairwise differences ("Estimates of location based on
// rank tests", 1963), and its interval by asking at each end which shifts the rank
// statistic of Mann and Whitney does not refute.
//
// That statistic's variance is taken over rounds and not over samples: samples of
// a round share its moment. For a shift θ every value has a placement, the share of the
// other side that lies beyond it once shifted; what the placements of a round
// deviate from their mean, both sides added where they took turns, is one
// observation of the round. Drift between rounds so widens the interval, and
// what meets both sides of a round alike cancels. The quantile is Student's, with
// one degree of freedom less than rounds, and with Welch's where each side has
// rounds of its own. With one round, each sample counts as independent.
//
// golang.org/x/perf's benchmath knows no rounds and no threshold: it answers with
// the p-value of Mann and Whitney for independent samples, which drift makes small.
//
// No random number is used, and nothing is assumed of the distributions' shape
// but that one is the other, shifted. docs/verdict.md has what simulations on real
// cold starts say of coverage and errors.
func Compare(old, new Series, p Plan) Shift {
	index := map[int32]int32{}
	x := logsOf(old, index)
	if !p.Together {
		index = map[int32]int32{}
	}
	y := logsOf(new, index)
	s := Shift{
		OldN: len(x.values), NewN: len(y.values), OldMedian: x.median(), NewMedian: y.median(),
		OldLeftOut: len(old.Values) - len(x.values), NewLeftOut: len(new.Values) - len(y.values),
		Rounds: rounds(x, y, p.Together), Confidence: p.Confidence, Threshold: p.Threshold, Verdict: Inconclusive,
		OldModes: modes(x.values), NewModes: modes(y.values),
	}
	if s.OldN == 0 || s.NewN == 0 {
		return s
	}
	r := newRanks(x, y, p.Together)
	s.Clusters, s.ByRound = r.clusters, r.byRound
	low, high := r.reach(0.5, false), r.reach(0.5, true)
	estimate := (low + high) / 2
	s.Ratio = ptr(math.Exp(estimate))
	if s.Rounds < p.Rounds || tooFew(s.OldN, s.NewN, p.Confidence) {
		return s
	}
	low, high = min(r.end(low, p.Confidence, false), estimate), max(r.end(high, p.Confidence, true), estimate)
	s.Interval = &Interval{math.Exp(low), math.Exp(high)}
	s.decide(r, estimate, low, high)
	return s
}

// FewestRounds is how many rounds of a side tell how rounds differ. Of fewer the
// interval holds the truth too rarely; docs/verdict.md has how rarely.
const FewestRounds = 5

// rounds counts those that both sides have values of, or the fewer of either where
// each has its own.
func rounds(x, y logs, together bool) (n int) {
	if !together {
		return min(len(x.sizes), len(y.sizes))
	}
	for c := range x.sizes { // y's grow from x's
		if y.sizes[c] > 0 {
			n++
		}
	}
	return n
}

func ptr(v float64) *float64 { return &v }

// fewest is the smallest number of values of a side that an interval is stated
// of: one slow sample is no deployment.
const fewest = 6

// tooFew reports whether not even the widest interval, from the smallest to the
// largest difference of a pair, would hold the shift with the confidence: all
// values of one side lie beyond all of the other by chance in 2 of the orders that
// there are.
func tooFew(n, m int, confidence float64) bool {
	orders := 1.0
	for i := 1; i <= min(n, m) && orders < 1e6; i++ {
		orders *= float64(max(n, m)+i) / float64(i)
	}
	return min(n, m) < fewest || 2/orders > 1-confidence
}

// ranks answers, for a shift, how the two sides overlap.
type ranks struct {
	x, y     logs
	clusters int  // that the variance rests on
	byRound  bool // clusters are rounds
	shared   bool // by both sides

	perX, perY []float64 // scratch: a cluster's deviations

	quantiles map[float64]float64 // by degrees of freedom, with the one confidence
}

func newRanks(x, y logs, together bool) *ranks {
	r := &ranks{x: x, y: y, shared: together, byRound: true, quantiles: map[float64]float64{}}
	if together && len(y.sizes) < 2 || !together && (len(x.sizes) < 2 || len(y.sizes) < 2) {
		r.x, r.y, r.shared, r.byRound = x.apart(), y.apart(), false, false
	}
	r.clusters = len(r.y.sizes)
	if !r.shared {
		r.clusters += len(r.x.sizes)
	}
	r.perX, r.perY = make([]float64, max(len(r.x.sizes), len(r.y.sizes))), make([]float64, max(len(r.x.sizes), len(r.y.sizes)))
	return r
}

// many values are worth a second goroutine.
const many = 10_000

// inParallel does both, at once where that is worth it.
func inParallel(worth bool, a, b func()) {
	if !worth {
		a()
		b()
		return
	}
	var both sync.WaitGroup
	both.Go(a)
	b()
	both.Wait()
}

// at is the share at a shift with its standard error and degrees of freedom.
func (r *ranks) at(theta float64) (share, se, df float64) {
	clear(r.perX)
	clear(r.perY)
	var rest float64
	inParallel(len(r.x.values)+len(r.y.values) > many,
		func() { share = place(r.x, r.y, theta, r.perX) },
		// Seen from the other side the shift goes back, and what was smaller is larger.
		func() { rest = place(r.y, r.x, -theta, r.perY) })
	deviations(r.perX, r.x, share, 1)
	deviations(r.perY, r.y, rest, -1)
	if r.shared {
		for c, v := range r.perY {
			r.perX[c] += v
		}
		k := float64(len(r.y.sizes))
		return share, math.Sqrt(squares(r.perX) * k / (k - 1)), k - 1
	}
	kx, ky := float64(len(r.x.sizes)), float64(len(r.y.sizes))
	vx, vy := squares(r.perX)*kx/(kx-1), squares(r.perY)*ky/(ky-1)
	if vx+vy == 0 {
		return share, 0, kx + ky - 2
	}
	return share, math.Sqrt(vx + vy), (vx + vy) * (vx + vy) / (vx*vx/(kx-1) + vy*vy/(ky-1))
}

// margin is by how much the share at a shift may miss one half by chance.
func (r *ranks) margin(theta, confidence float64) (share, margin float64) {
	share, se, df := r.at(theta)
	df = math.Floor(df + 1e-9) // so that few quantiles have to be found, each by a search
	q, ok := r.quantiles[df]
	if !ok {
		q = quantile((1+confidence)/2, df)
		r.quantiles[df] = q
	}
	return share, q * se
}

// place adds up, by cluster of a, the placements of a's values: for each the
// share of b's that is below it plus theta, ties counting half. It returns their
// mean. Both are sorted, so that two places in b move on with a's values.
func place(a, b logs, theta float64, per []float64) float64 {
	below, upTo, sum := 0, 0, 0
	half := 0.5 / float64(len(b.values))
	for i, v := range a.values {
		v += theta
		for below < len(b.values) && b.values[below] < v {
			below++
		}
		upTo = max(upTo, below)
		for upTo < len(b.values) && b.values[upTo] == v {
			upTo++
		}
		sum += below + upTo
		per[a.clusters[i]] += half * float64(below+upTo)
	}
	return half * float64(sum) / float64(len(a.values))
}

// deviations turns sums of placements by cluster into what they deviate from as
// many times the mean, as a share of all of a's values.
func deviations(per []float64, a logs, mean, sign float64) {
	for c, size := range a.sizes {
		per[c] = sign * (per[c] - size*mean) / float64(len(a.values))
	}
}

func squares(v []float64) (sum float64) {
	for _, x := range v {
		sum += x * x
	}
	return sum
}

// share is that of pairs whose difference is smaller than a shift, ties counting
// half.
func (r *ranks) share(theta float64) float64 {
	clear(r.perX)
	return place(r.x, r.y, theta, r.perX)
}

// normal is the quantile of the standard normal distribution.
func normal(level float64) float64 { return math.Sqrt2 * math.Erfinv(2*level-1) }

// quantile is Student's.
func quantile(level, df float64) float64 {
	return mathstats.InvCDF(mathstats.TDist{V: df})(level)
}
