package main

import (
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
)

// day is the Init Durations of one function on one day, in milliseconds.
type day []float64

// fewest values and days are what a simulation can draw both sides from.
const (
	fewestValues = 4
	fewestDays   = 20
)

// readDays reads cold starts as data/lambda-perf-2025.csv holds them, a line a
// function and day: the columns runtime, arch, memory_mb and init_ms, which has
// the day's values with spaces between. It returns the days of each function, in
// the file's order, without functions of too few days to draw from.
func readDays(name string) ([][]day, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close() // opened for reading: closing has nothing to report
	in := csv.NewReader(f)
	head, err := in.Read()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	var columns [4]int
	for i, want := range []string{"runtime", "arch", "memory_mb", "init_ms"} {
		if columns[i] = slices.Index(head, want); columns[i] < 0 {
			return nil, fmt.Errorf("%s: no column %q", name, want)
		}
	}
	days := map[string][]day{}
	var order []string
	for {
		row, err := in.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		key := row[columns[0]] + " " + row[columns[1]] + " " + row[columns[2]]
		var d day
		for text := range strings.FieldsSeq(row[columns[3]]) {
			v, err := strconv.ParseFloat(text, 64)
			if err != nil || v <= 0 {
				return nil, fmt.Errorf("%s: init_ms of %s: %q is no time", name, key, text)
			}
			d = append(d, v)
		}
		if len(d) < fewestValues {
			continue
		}
		if days[key] == nil {
			order = append(order, key)
		}
		days[key] = append(days[key], d)
	}
	var functions [][]day
	for _, key := range order {
		if len(days[key]) > fewestDays {
			functions = append(functions, days[key])
		}
	}
	if functions == nil {
		return nil, fmt.Errorf("%s: no function with more than %d days of at least %d cold starts", name, fewestDays, fewestValues)
	}
	return functions, nil
}
