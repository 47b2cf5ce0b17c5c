package levers

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/coldcrank/coldcrank/scripts/internal/stats"
)

// Init is what the init of a package costs, the median of several starts.
type Init struct {
	Package string  `json:"package"`
	MS      float64 `json:"ms"`
	Bytes   int64   `json:"bytes"` // allocated on the heap
	Allocs  int64   `json:"allocs"`
}

// parseInit reads a line that the Go runtime writes with GODEBUG=inittrace=1:
//
//	init internal/bytealg @0.008 ms, 0.004 ms clock, 64 bytes, 2 allocs
//
// https://pkg.go.dev/runtime#hdr-Environment_Variables. ok is false for any other line.
func parseInit(line string) (one Init, ok bool) {
	f := strings.Fields(line)
	if len(f) != 11 || f[0] != "init" || f[3] != "ms," || f[6] != "clock," || f[8] != "bytes," || f[10] != "allocs" {
		return Init{}, false
	}
	ms, err := strconv.ParseFloat(f[4], 64)
	bytes, bytesErr := strconv.ParseInt(f[7], 10, 64)
	allocs, allocsErr := strconv.ParseInt(f[9], 10, 64)
	return Init{f[1], ms, bytes, allocs}, err == nil && bytesErr == nil && allocsErr == nil
}

// initsOf are the packages of several traces, the longest init first.
func initsOf(traces []string) []Init {
	all := map[string][]Init{}
	for _, trace := range traces {
		for line := range strings.Lines(trace) {
			if one, ok := parseInit(line); ok {
				all[one.Package] = append(all[one.Package], one)
			}
		}
	}
	var inits []Init
	for name, each := range all {
		var times []float64
		for _, one := range each {
			times = append(times, one.MS)
		}
		inits = append(inits, Init{name, stats.MedianOf(times).P50, each[0].Bytes, each[0].Allocs})
	}
	slices.SortFunc(inits, func(a, b Init) int {
		return cmp.Or(cmp.Compare(b.MS, a.MS), cmp.Compare(a.Package, b.Package))
	})
	return inits
}
