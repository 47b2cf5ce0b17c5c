package example

import (
	"fmt"
	"time"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
	"github.com/coldcrank/coldcrank/scripts/internal/stats"
)

// Histories are those of two targets: five runs with two changes, one without a
// value; and one run, which is no history.
func Histories() []stats.History {
	h := stats.History{Key: "Shop/Orders", Measure: "Init Duration"}
	for i, ms := range []float64{18.4, 18.5, 0, 24.2, 17} {
		side := &stats.Side{
			Header: dataset.Header{Run: fmt.Sprint("run", i), Started: time.Date(2026, 11, 20+i, 12, 0, 0, 0, time.UTC), Executor: dataset.ExecutorAWS},
			Target: dataset.Target{
				Key: "Shop/Orders", Stack: "Shop", Name: "Orders", DeploymentID: fmt.Sprintf("%08d5b7d4a60918273645a5b6c7d", 31*i),
				Commit: fmt.Sprintf("%dd3f8ebaa7ad", i), Dirty: new(i == 1), MemoryMB: 512, Platform: "linux/arm64", Region: "eu-central-1",
			},
		}
		pt := stats.Point{Side: side, N: 100}
		if pt.Median = new(ms / 1e3); ms == 0 {
			pt.N, pt.Median = 0, nil
		} else if i != 1 {
			pt.Range = &stats.Interval{Low: (ms - 0.5) / 1e3, High: (ms + 0.75) / 1e3}
		}
		h.Points = append(h.Points, pt)
	}
	h.Points[3].Change = &stats.Shift{Ratio: new(1.31), Interval: &stats.Interval{Low: 1.28, High: 1.345}, Confidence: 0.95, Verdict: stats.Slower}
	h.Points[4].Change = &stats.Shift{Ratio: new(0.703), Interval: &stats.Interval{Low: 0.68, High: 0.73}, Confidence: 0.95, Verdict: stats.Faster}
	return []stats.History{h, {Key: "Shop/Health", Measure: "Init Duration", Points: h.Points[:1]}}
}
