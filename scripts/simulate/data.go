package main

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
)

// day is the Init Durations of one function on one day, in milliseconds.
type day []float64

// function is one function and its days, in order of time.
type function struct {
	name string // runtime, architecture, MB
	days []day
}

// fewestValues and fewestDays are what a simulation can draw both sides from.
const (
	fewestValues = 4
	fewestDays   = 10
)

// readDays reads cold starts, a line
// a function and day: the columns day (2025-01-31), runtime, arch, memory_mb and
// init_ms, which has the day's values with spaces between; other columns and their
// order do not matter. It returns the functions in the file's order. Days of too few
// values and functions of too few days are left out, and how many of both is said.
func readDays(in io.Reader) (functions []function, leftOut string, err error) {
	r := csv.NewReader(in)
	head, err := r.Read()
	if err == io.EOF {
		return nil, "", fmt.Errorf("empty: no line of column names")
	}
	if err != nil {
		return nil, "", err
	}
	head[0] = strings.TrimPrefix(head[0], "\ufeff") // as spreadsheets write
	var columns [5]int
	for i, want := range []string{"day", "runtime", "arch", "memory_mb", "init_ms"} {
		if columns[i] = slices.Index(head, want); columns[i] < 0 {
			return nil, "", fmt.Errorf("no column %q among %q", want, head)
		}
	}
	type dated struct {
		date string
		day  day
	}
	all := map[string][]dated{}
	var order []string
	short := 0
	for {
		row, err := r.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, "", err
		}
		d, err := parseDay(row[columns[4]])
		if err != nil {
			line, _ := r.FieldPos(columns[4])
			return nil, "", fmt.Errorf("line %d: init_ms: %w", line, err)
		}
		if len(d) < fewestValues {
			short++
			continue
		}
		key := row[columns[1]] + " " + row[columns[2]] + " " + row[columns[3]]
		if all[key] == nil {
			order = append(order, key)
		}
		all[key] = append(all[key], dated{row[columns[0]], d})
	}
	few := 0
	for _, key := range order {
		if len(all[key]) < fewestDays {
			few++
			continue
		}
		slices.SortStableFunc(all[key], func(a, b dated) int { return cmp.Compare(a.date, b.date) })
		f := function{name: key}
		for _, d := range all[key] {
			f.days = append(f.days, d.day)
		}
		functions = append(functions, f)
	}
	if functions == nil {
		return nil, "", fmt.Errorf("no function with %d days or more of at least %d cold starts", fewestDays, fewestValues)
	}
	return functions, fmt.Sprintf("left out: %d days of fewer than %d cold starts, %d functions of fewer than %d days", short, fewestValues, few, fewestDays), nil
}

func parseDay(text string) (d day, err error) {
	for field := range strings.FieldsSeq(text) {
		v, err := strconv.ParseFloat(field, 64)
		if err != nil || !(v > 0) || math.IsInf(v, 1) {
			return nil, fmt.Errorf("%q is no time", field)
		}
		d = append(d, v)
	}
	return d, nil
}

// readFile reads a file of days.
func readFile(name string) ([]function, string, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, "", err
	}
	defer f.Close() // opened for reading: closing has nothing to report
	functions, leftOut, err := readDays(f)
	if err != nil {
		return nil, "", fmt.Errorf("%s: %w", name, err)
	}
	return functions, leftOut, nil
}

// dispersion is the mean over days of the standard deviation as a share of the mean.
func (f function) dispersion() float64 {
	sum := 0.0
	for _, d := range f.days {
		mean, squares := 0.0, 0.0
		for _, v := range d {
			mean += v / float64(len(d))
		}
		for _, v := range d {
			squares += (v - mean) * (v - mean)
		}
		sum += math.Sqrt(squares/float64(len(d)-1)) / mean
	}
	return sum / float64(len(f.days))
}
