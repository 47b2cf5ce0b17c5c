package sandbox

import (
	"slices"
	"testing"
	"time"

	"github.com/coldcrank/coldcrank/lambda/local/internal/rootfs"
)

// BenchmarkIsolatedInit is what a mount namespace does to an Init Duration: by
// turns one environment with and one without, the medians and their ratio.
func BenchmarkIsolatedInit(b *testing.B) {
	if err := rootfs.Permitted(); err != nil {
		b.Skip(err)
	}
	var inits [2][]time.Duration
	for b.Loop() {
		for i, isolated := range []bool{false, true} {
			f := newFixture(b, "awsgo", func(s *Spec) { s.Isolated, s.TmpMB = isolated, 512 })
			boot, err := f.boot(b.Context(), InitLimit)
			if err != nil || boot.status != statusSuccess {
				b.Fatalf("%+v, %v", boot, err)
			}
			inits[i] = append(inits[i], boot.took)
			if err := f.Close(); err != nil {
				b.Fatal(err)
			}
		}
	}
	for i := range inits {
		slices.Sort(inits[i])
	}
	process, isolated := inits[0][b.N/2], inits[1][b.N/2]
	b.ReportMetric(float64(process.Microseconds()), "process-µs")
	b.ReportMetric(float64(isolated.Microseconds()), "isolated-µs")
	b.ReportMetric(isolated.Seconds()/process.Seconds(), "ratio")
}
