package render

import (
	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
	"github.com/coldcrank/coldcrank/scripts/internal/stats"
)

const referenceSource = "https://fulgurion.com/blog/posts/rust-on-aws-lambda-cold-start/"

// reference holds the published samples of the reference function: Rust with
// Axum, GET /health, arm64 at 512 MB in us-east-1. Others measured them on AWS,
// and published no more than these five, the memory used and the sizes.
var reference = []struct{ initNS, durationNS int64 }{
	{18_450_000, 1_440_000},
	{18_910_000, 1_490_000},
	{22_430_000, 1_750_000},
	{22_240_000, 1_930_000},
	{19_430_000, 1_630_000},
}

// referenceBlock passes the samples through the same arithmetic as ours.
func referenceBlock() block {
	const key = "Reference: Rust with Axum"
	run := &dataset.Run{Header: dataset.Header{Targets: []dataset.Target{{
		Key: key, Architecture: "arm64", MemoryMB: 512, ZipBytes: 885_700, ExecutableBytes: 1_700_000,
	}}}}
	for i, r := range reference {
		run.Samples = append(run.Samples, &dataset.Sample{
			Target: key, Round: i + 1, Phase: dataset.Burst, Outcome: dataset.Cold,
			InitNS: new(r.initNS), DurationNS: new(r.durationNS), MaxMemoryUsedMB: new(16),
		})
	}
	b := targetBlock(stats.Summarize(run)[0], false)
	b.cold = "measured by others on AWS in us-east-1: the five cold starts that they published"
	b.tags = append(b.tags, referenceSource)
	return b
}
