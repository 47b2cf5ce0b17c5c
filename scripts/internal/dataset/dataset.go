// Package dataset keeps what a run measured: one file a run, raw samples, and
// enough tags to know years later what was measured where.
//
// # Format
//
// A results file is JSON Lines in UTF-8. Each line is an object with one
// member, whose name is the kind of the line:
//
//	{"header":{…}}   the first line: a Header
//	{"sample":{…}}   a Sample, in the order of the requests
//	{"end":{…}}      the last line of a finished file: an End
//
// Names of fields carry their unit. An absent field was not measured; no field
// is zero for want of a value. Readers skip kinds and fields that they do not
// know, so that older programs read newer files.
//
// While a run goes on, its file has the name that ends in ".partial". There a
// line replaces an earlier one of the same target, round, phase and index: a
// round is stored as soon as it was sent, and once more when its logs have
// come. The finished file has one line a sample.
//
// The package does not judge samples: counting and percentiles are the work of
// package stats.
package dataset

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// The values of Header.Executor.
const (
	ExecutorAWS   = "aws"
	ExecutorLocal = "local"
)

const (
	extension  = ".jsonl"
	partialExt = extension + ".partial"
	timeLayout = "20060102T150405.000Z" // sorts as text, and has no character that a file system refuses
)

// line is any line of a results file.
type line struct {
	Header *Header `json:"header,omitempty"`
	Sample *Sample `json:"sample,omitempty"`
	End    *End    `json:"end,omitempty"`
}

// key tells samples of a run apart.
type key struct {
	target string
	round  int
	phase  Phase
	index  int
}

func keyOf(s *Sample) key { return key{s.Target, s.Round, s.Phase, s.Index} }

// ErrNoResults says that a directory holds no results file.
var ErrNoResults = errors.New("no results file")

// Newest returns the path of the results file in dir whose run started last,
// finished or partial. Only names that Create gives are looked at; a partial
// file whose finished one is there too does not count. The error is
// ErrNoResults where dir holds none or does not exist.
func Newest(dir string) (string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", fmt.Errorf("find newest results: %w", err)
	}
	names := make([]string, 0, len(entries))
	for _, e := range entries {
		if _, ok := stem(e.Name()); ok && !e.IsDir() {
			names = append(names, e.Name())
		}
	}
	if len(names) == 0 {
		return "", fmt.Errorf("find newest results in %s: %w", dir, ErrNoResults)
	}
	newest := slices.MaxFunc(names, func(a, b string) int {
		stemA, _ := stem(a)
		stemB, _ := stem(b)
		// Of two with the same stem the finished file is the shorter name.
		return cmp.Or(cmp.Compare(stemA, stemB), cmp.Compare(len(b), len(a)))
	})
	return filepath.Join(dir, newest), nil
}

// stem returns "<UTC time>-<run>" of a name that Create gives.
func stem(name string) (string, bool) {
	s, ok := strings.CutSuffix(name, partialExt)
	if !ok {
		s, ok = strings.CutSuffix(name, extension)
	}
	started, run, found := strings.Cut(s, "-")
	if !ok || !found || run == "" {
		return "", false
	}
	_, err := time.Parse(timeLayout, started)
	return s, err == nil
}
