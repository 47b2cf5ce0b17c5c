package main

import (
	"context"
	"fmt"
	"time"

	"github.com/coldcrank/coldcrank/scripts/peers/internal/table"
)

const overReference = "it ÷ reference"

// Where a program is started from.
const (
	warmStart    = "page cache warm"
	evictedStart = "evicted from the page cache"
	slowStart    = "slow volume"
)

// What is measured of a start.
var (
	initTime  = measure{"start to first /next", table.Milliseconds}
	firstTime = measure{"first invocation", table.Milliseconds}
	highWater = measure{"memory high-water after it", table.Kilobytes}
	readBytes = measure{"read from the volume", table.Kilobytes}
)

// starting starts each function by turns, and has a line for each of what run
// measured. A function that answers no event has its first measure only.
func (b *bench) starting(ctx context.Context, list []function, where string, measures []measure, run func(function) ([]float64, error)) ([]table.Line, error) {
	contestants := make([]contestant, len(list))
	for i, f := range list {
		contestants[i] = contestant{who: f.who, missing: f.missing, run: func(context.Context) ([]float64, error) {
			at := time.Since(b.began)
			v, err := run(f)
			if err == nil {
				b.started = append(b.started, started{f.who, where, at, time.Duration(v[0] * 1e6), time.Duration(v[1] * 1e6)})
			}
			return v, err
		}}
	}
	values, err := b.turns(ctx, b.repeat*b.boots, where, contestants, mixed)
	if err != nil {
		return nil, err
	}
	var lines []table.Line
	for m, measure := range measures {
		var some []table.Line
		for i, f := range list {
			l := table.Line{What: where + ", " + measure.what, Who: f.who, Unit: measure.unit, Over: overReference, Missing: contestants[i].missing}
			if l.Missing == "" && f.mute && m > 0 {
				continue
			}
			if l.Missing == "" {
				for _, v := range values[i] {
					l.Values = append(l.Values, v[m])
				}
			}
			some = append(some, l)
		}
		lines = append(lines, judge(some)...)
	}
	return lines, nil
}

// goal is what must hold of a function's measure, by the reference or by another
// function.
type goal struct {
	what, who, by string
	most          float64
}

// goals are what must hold. The one of the zip file is a size, and stands below.
var goals = []goal{
	{warmStart + ", " + initTime.what, floor, axumDynamic, 0.85},
	{warmStart + ", " + initTime.what, floor, emptyMain, 1.08},
	{warmStart + ", " + initTime.what, floor, awsTuned, 0.6},
	{warmStart + ", " + firstTime.what, floor, axumDynamic, 0.8},
	{warmStart + ", " + highWater.what, floor, axumDynamic, 0.5},
	{slowStart + ", " + initTime.what, floor, axumDynamic, 0.95},
	{slowStart + ", " + initTime.what, floor, awsTuned, 0.3},
	{slowStart + ", " + initTime.what, prefetched, axumDynamic, 0.55},
}

const (
	zipWhat = "zip, linux/arm64"
	zipMost = 600 // kB
)

// judge sets ratios and goals of one measure's lines, and adds a line for a goal that
// is not by the reference, which is first.
func judge(lines []table.Line) []table.Line {
	for i := range lines {
		l := &lines[i]
		if i > 0 {
			l.Divide(lines[0])
		}
		if l.What == zipWhat && l.Who == floor {
			l.Must = &table.Must{Most: zipMost, Text: fmt.Sprintf("≤ %d kB", zipMost)}
		}
	}
	find := func(who string) *table.Line {
		for i := range lines {
			if lines[i].Who == who {
				return &lines[i]
			}
		}
		return nil
	}
	var more []table.Line
	for _, g := range goals {
		l, by := find(g.who), find(g.by)
		if l == nil || by == nil || l.What != g.what {
			continue
		}
		must := &table.Must{Most: g.most, Ratio: true, Text: fmt.Sprintf("≤ %.2f", g.most)}
		if g.by == axumDynamic {
			l.Must = must
			continue
		}
		r := table.Line{What: l.What, Who: g.who + " ÷ " + g.by, Over: overReference, Must: must, Missing: l.Missing}
		if r.Missing == "" {
			r.Missing = by.Missing
		}
		if r.Missing == "" {
			r.Values = l.Values
			r.Divide(*by)
			r.Values = nil
		}
		more = append(more, r)
	}
	return append(lines, more...)
}
