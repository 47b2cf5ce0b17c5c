package levers

import (
	"context"
	"os"
	"slices"
	"time"

	"github.com/coldcrank/coldcrank/lambda/local"
	"github.com/coldcrank/coldcrank/scripts/internal/explain/start"
	"github.com/coldcrank/coldcrank/scripts/internal/explain/subject"
	"github.com/coldcrank/coldcrank/scripts/internal/explain/variant"
	"github.com/coldcrank/coldcrank/scripts/internal/price"
	"github.com/coldcrank/coldcrank/scripts/internal/stats"
)

// How often each program is started in a batch. What those of one batch have in common
// is where their files lie in memory, so that a batch is one observation: its median.
// There are more batches until each effect is settled.
const (
	starts = 3
	least  = 12
	most   = 50
	enough = 6 * time.Second // after which no further batch begins
)

// An effect is settled when its interval is no wider than that share of the start, or
// that many milliseconds.
const (
	settledShare = 0.1
	settledMS    = 0.5
)

// Given is what is known of a function beforehand. What is not is nil.
type Given struct {
	Money  *price.Money
	There  *There
	Memory *Memory
}

// Measure tries what can be tried on a function here. What cannot be tried is in
// Missing.
func Measure(ctx context.Context, s *subject.Subject, g Given) (*Levers, error) {
	host, err := start.Listen()
	if err != nil {
		return nil, err
	}
	defer host.Close()
	tmp, err := os.MkdirTemp("", "coldcrank-levers-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(tmp)
	program, err := s.Program(host.Address(), tmp)
	if err != nil {
		return nil, err
	}
	l := &Levers{There: g.There, Memory: g.Memory}
	b := &bench{levers: l, program: program, dir: tmp, programs: []local.Program{program}}
	source, err := variant.Find(ctx, s.Local, s.Dir)
	if err == nil {
		b.source = source
		err = b.plan(ctx)
	}
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		l.Missing = append(l.Missing, err.Error())
	}
	if err := b.measure(ctx, host); err != nil {
		return nil, err
	}
	if l.Disk, err = b.disk(ctx, host); err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		l.Missing = append(l.Missing, "size, by starts from the disk: "+err.Error())
	}
	l.Known = known(s, source, g.Money)
	var saves func(time.Duration) float64
	if g.Money != nil {
		saves = g.Money.Saves
	}
	l.rank(s.MemoryMB, saves)
	return l, nil
}

// renew writes all programs but the function's own once more. Where a file lies in
// memory makes it start up to 0.2 ms sooner or later than one with the same bytes:
// that is to be another place in each batch.
func (b *bench) renew() error {
	for _, p := range b.programs[1:] {
		program, err := os.ReadFile(p.Path)
		if err == nil {
			err = os.Remove(p.Path)
		}
		if err == nil {
			err = os.WriteFile(p.Path, program, 0o755)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// turns starts programs by turns, those of trials that are not settled yet: first all
// of them, then fewer and fewer. What is written anew is in the page cache. Starts with
// the same place in their lists were made in the same turn.
func (b *bench) turns(ctx context.Context, host *start.Host) ([][]start.Start, error) {
	if _, err := host.Once(ctx, b.program, start.Work{}); err != nil { // its file is read
		return nil, err
	}
	all := make([][]start.Start, len(b.programs))
	began := time.Now()
	for batch := range most {
		wanted := b.wanted(all, batch < least)
		if len(wanted) == 0 || batch >= least && time.Since(began) > enough {
			break
		}
		if err := b.renew(); err != nil {
			return nil, err
		}
		var programs []local.Program
		for _, i := range wanted {
			programs = append(programs, b.programs[i])
		}
		for turn := range starts {
			more, err := host.Turn(ctx, batch*starts+turn, start.Work{}, programs...)
			if err != nil {
				return nil, err
			}
			for k, i := range wanted {
				all[i] = append(all[i], more[k])
			}
		}
	}
	return all, nil
}

// wanted are the programs whose starts are still to be made, in their order: every
// program, or those of the trials that are not settled. One that is in none any more
// does not come back.
func (b *bench) wanted(all [][]start.Start, every bool) []int {
	var list []int
	for i := range b.programs {
		if every || slices.ContainsFunc(b.trials, func(t trial) bool { return (t.of == i || t.than == i) && !b.settled(all, t) }) {
			list = append(list, i)
		}
	}
	return list
}

func (b *bench) settled(all [][]start.Start, t trial) bool {
	e := less(all[t.of], all[t.than])
	return e.High-e.Low <= max(settledShare*less(all[0], nil).MS, settledMS)
}

// measure starts all programs, and says what was found.
func (b *bench) measure(ctx context.Context, host *start.Host) error {
	turns, err := b.turns(ctx, host)
	if err != nil {
		return err
	}
	l := b.levers
	l.Start = less(turns[0], nil)
	for _, t := range b.trials {
		m := Lever{Name: t.name, Advice: t.advice, Saves: less(turns[t.of], turns[t.than])}
		if t.moves {
			m.Moved = new(Moved)
		}
		l.Measured = append(l.Measured, m)
	}
	return nil
}

// less is by how much starts of one program take longer than those of another, of the
// batches that both were in; nil takes no time.
func less(of, than []start.Start) Effect {
	var batches []float64
	n := len(of)
	if than != nil {
		n = min(n, len(than))
	}
	for at := 0; at < n; at += starts {
		batch := of[at:min(at+starts, n)]
		if than != nil {
			batch = apart(batch, than[at:])
		}
		batches = append(batches, medianMS(batch).P50)
	}
	m := stats.MedianOf(batches)
	return Effect{MS: m.P50, Low: m.Low, High: m.High, Starts: n}
}

func medianMS(all []start.Start) stats.Median {
	var ms []float64
	for _, one := range all {
		ms = append(ms, float64(one.Init)/1e6)
	}
	return stats.MedianOf(ms)
}

// apart is what each of some starts takes more than its counterpart.
func apart(of, than []start.Start) []start.Start {
	all := make([]start.Start, len(of))
	for i := range of {
		all[i].Init = of[i].Init - than[i].Init
	}
	return all
}
