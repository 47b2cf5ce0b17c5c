package dial

import "github.com/coldcrank/coldcrank/scripts/internal/stats"

// Meets says whether a point's p99 is within Options.TargetP99.
type Meets string

const (
	Met     Meets = "yes"
	MayMeet Meets = "maybe" // its interval, or the open end of it, has the target inside
	NotMet  Meets = "no"
	Unknown Meets = "unknown" // too few samples for a p99, or requests failed
)

// than is how one point stands to another: −1 less, 1 more, 0 not told apart.
type than struct{ cold, warm, cost int }

// compare holds each size against each other by the interval of their ratio, as compare
// does with two sides of one run. All intervals of a dial are one family: in 95 of 100
// runs none of them misses.
func (d *Dial) compare() (table [][]than) {
	n := len(d.Points)
	plan := stats.Plan{Confidence: stats.Confidence(3 * n * (n - 1) / 2), Together: true, Rounds: stats.FewestRounds}
	sign := func(a, b stats.Series) int {
		switch i := stats.Compare(b, a, plan).Interval; {
		case i == nil:
			return 0
		case i.High < 1:
			return -1
		case i.Low > 1:
			return 1
		}
		return 0
	}
	table = make([][]than, n)
	for i := range table {
		table[i] = make([]than, n)
	}
	for i, a := range d.Points {
		for k, b := range d.Points[:i] {
			t := than{sign(a.cold, b.cold), sign(a.warm, b.warm), sign(a.cost, b.cost)}
			table[i][k], table[k][i] = t, than{-t.cold, -t.warm, -t.cost}
		}
	}
	return table
}

// faster says that it is in one kind of requests; it may be slower in the other.
func (t than) faster() bool { return t.cold < 0 || t.warm < 0 }

func (t than) slower() bool { return t.cold > 0 || t.warm > 0 }

// judge marks the points that are worth choosing. A size at which requests failed is not:
// the times are those of the others.
func (d *Dial) judge() {
	table := d.compare()
	for i := range d.Points {
		p := &d.Points[i]
		p.Worth = p.Failed == 0
		for k, o := range d.Points {
			t := table[i][k]
			d.ToldApart = d.ToldApart || t != (than{})
			if k == i || o.Failed > 0 || t.cost < 0 || t.faster() || !t.slower() && t.cost == 0 {
				continue
			}
			p.Worth = false
			if !t.slower() && (p.LikeMB == 0 || o.USDPerMillion < d.at(p.LikeMB).USDPerMillion) {
				p.LikeMB = o.MemoryMB
			}
		}
	}
}

// choose finds the cheapest points that meet the target.
func (d *Dial) choose() {
	if d.TargetP99NS == 0 {
		return
	}
	cheapest := func(m Meets) (mb int) {
		for _, p := range d.Points {
			if p.Meets == m && (mb == 0 || p.USDPerMillion < d.at(mb).USDPerMillion) {
				mb = p.MemoryMB
			}
		}
		return mb
	}
	for i := range d.Points {
		d.Points[i].Meets = d.Points[i].meets(d.TargetP99NS)
	}
	d.Cheapest, d.Possible = cheapest(Met), cheapest(MayMeet)
	if d.Cheapest != 0 && d.Possible != 0 && d.at(d.Possible).USDPerMillion >= d.at(d.Cheapest).USDPerMillion {
		d.Possible = 0
	}
}

func (p Point) meets(target int64) Meets {
	switch {
	case p.P99 == nil || p.Failed > 0:
		return Unknown
	case p.P99.High != nil && *p.P99.High <= target:
		return Met
	case p.P99.Low != nil && *p.P99.Low > target:
		return NotMet
	}
	return MayMeet
}
