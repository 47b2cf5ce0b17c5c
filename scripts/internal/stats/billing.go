package stats

import (
	"time"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
)

// Misbilled says that Lambda billed samples otherwise than it documents.
type Misbilled struct {
	N  int `json:"n"`
	Of int `json:"of"` // samples that say Duration and Billed Duration

	// Of the first one.
	Billed   time.Duration `json:"billed_ns"`
	Expected time.Duration `json:"expected_ns"`
}

// reportPrecision is that of the durations in REPORT: two decimals of a
// millisecond.
const reportPrecision = 10 * time.Microsecond

// misbilled holds what samples on demand billed against Init Duration and
// Duration, rounded up to a millisecond. So it is for custom runtimes and
// container images (observed:
// https://lucvandonkersgoed.com/2022/04/09/when-is-the-lambda-init-phase-free-and-when-is-it-billed/),
// and since 2025-08-01, before coldcrank's first run, for every other runtime too
// (AWS Compute Blog, "AWS Lambda standardizes billing for INIT Phase",
// https://aws.amazon.com/blogs/compute/aws-lambda-standardizes-billing-for-init-phase/).
// It returns nil where all is as documented.
func misbilled(t dataset.Target, samples []*dataset.Sample) *Misbilled {
	if t.StartType != "" {
		return nil // who pays for an init or a restore ahead of a request is in no REPORT
	}
	var m Misbilled
	for _, s := range samples {
		if s.Outcome != dataset.Cold && s.Outcome != dataset.WarmStart || s.DurationNS == nil || s.BilledNS == nil {
			continue
		}
		m.Of++
		used := time.Duration(*s.DurationNS)
		if s.InitNS != nil {
			used += time.Duration(*s.InitNS)
		}
		billed := time.Duration(*s.BilledNS)
		if billed >= ceil(used-reportPrecision) && billed <= ceil(used+reportPrecision) {
			continue
		}
		if m.N++; m.N == 1 {
			m.Billed, m.Expected = billed, ceil(used)
		}
	}
	if m.N == 0 {
		return nil
	}
	return &m
}

// ceil rounds up to a millisecond.
func ceil(d time.Duration) time.Duration {
	return (d + time.Millisecond - 1).Truncate(time.Millisecond)
}
