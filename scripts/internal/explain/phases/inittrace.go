package phases

import (
	"bytes"
	"math"
	"net/url"
	"strconv"
	"strings"
)

// parseInits reads what a program says with GODEBUG=inittrace=1, among what else it
// prints; one line for each package that has something to initialize:
//
//	init net/http @0.53 ms, 0.017 ms clock, 1234 bytes, 5 allocs
//
// Source of the form: src/runtime/proc.go, doInit1.
func parseInits(output []byte) []Package {
	var all []Package
	for line := range bytes.Lines(output) {
		if p, ok := parseInit(strings.TrimSuffix(string(line), "\n")); ok {
			all = append(all, p)
		}
	}
	return all
}

func parseInit(line string) (Package, bool) {
	f := strings.Split(line, " ")
	if len(f) != 11 || f[0] != "init" || f[1] == "" || !strings.HasPrefix(f[2], "@") ||
		f[3] != "ms," || f[5] != "ms" || f[6] != "clock," || f[8] != "bytes," || f[10] != "allocs" {
		return Package{}, false
	}
	ms, err := strconv.ParseFloat(f[4], 64)
	if err != nil || !(ms >= 0 && ms < math.MaxInt64/1e7) {
		return Package{}, false
	}
	size, err := strconv.ParseInt(f[7], 10, 64)
	if err != nil || size < 0 {
		return Package{}, false
	}
	allocs, err := strconv.ParseInt(f[9], 10, 64)
	if err != nil || allocs < 0 {
		return Package{}, false
	}
	path := f[1]
	if plain, err := url.PathUnescape(path); err == nil { // as symbols have it: cmd/internal/objabi, PathToPrefix
		path = plain
	}
	return Package{Path: path, NS: int64(math.Round(ms * 1e6)), Bytes: size, Allocs: allocs}, true
}
