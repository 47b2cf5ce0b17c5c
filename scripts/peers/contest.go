package main

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/coldcrank/coldcrank/scripts/peers/internal/table"
)

// ours is how coldcrank is named in the table.
const ours = "coldcrank"

// measure is one number that a contestant's run gives.
type measure struct {
	what string
	unit table.Unit
}

// contestant runs once a repetition.
type contestant struct {
	who     string
	missing string      // why it cannot run
	must    *table.Must // of the first measure
	run     func(context.Context) ([]float64, error)
}

// tries is how often a contestant may try a repetition: on a busy machine one request
// of hundreds may fail.
const tries = 3

// contest has the contestants by turns, of which the first is ours. Who fails in all
// tries is out, and its line says why. The error is ctx's.
func (b *bench) contest(ctx context.Context, measures []measure, contestants ...contestant) ([]table.Line, error) {
	values, err := b.turns(ctx, b.repeat, measures[0].what, contestants, rotated)
	if err != nil {
		return nil, err
	}
	var lines []table.Line
	for m, measure := range measures {
		first := len(lines)
		for j, c := range contestants {
			l := table.Line{What: measure.what, Who: c.who, Unit: measure.unit, Missing: c.missing}
			if m == 0 {
				l.Must = c.must
			}
			if c.missing == "" {
				for _, v := range values[j] {
					l.Values = append(l.Values, v[m])
				}
			}
			if j > 0 {
				l.Pair(lines[first])
			}
			lines = append(lines, l)
		}
	}
	return lines, nil
}

// rotated has everybody first in turn.
func rotated(repetition, n int) []int {
	order := make([]int, n)
	for j := range order {
		order[j] = (repetition + j) % n
	}
	return order
}

// mixed has everybody after everybody else: what a contestant leaves behind, as in the
// processor's caches, is a part of the next one's time where that is short. Each run
// of the command has the same orders.
func mixed(repetition, n int) []int {
	return rand.New(rand.NewPCG(1, uint64(repetition))).Perm(n)
}

// turns has each contestant once a repetition, in the order given, and returns what
// they showed, by contestant and repetition. Who fails in all tries gets the reason
// for it.
func (b *bench) turns(ctx context.Context, repeat int, what string, contestants []contestant, order func(repetition, n int) []int) ([][][]float64, error) {
	values := make([][][]float64, len(contestants))
	for i := range repeat {
		for _, j := range order(i, len(contestants)) {
			c := &contestants[j]
			if c.missing != "" {
				continue
			}
			for try := range tries {
				got, err := c.run(ctx)
				if ctx.Err() != nil {
					return nil, ctx.Err()
				}
				if err == nil {
					values[j] = append(values[j], got)
					break
				}
				failed := fmt.Sprintf("repetition %d, try %d: %v", i+1, try+1, err)
				fmt.Fprintf(b.progress, "%s, %s: %s\n", what, c.who, failed)
				if try+1 == tries {
					c.missing = failed
				}
			}
		}
	}
	return values, nil
}
