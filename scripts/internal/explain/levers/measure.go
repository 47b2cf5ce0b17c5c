package levers

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/coldcrank/coldcrank/lambda/local"
	"github.com/coldcrank/coldcrank/scripts/internal/explain/start"
	"github.com/coldcrank/coldcrank/scripts/internal/explain/subject"
	"github.com/coldcrank/coldcrank/scripts/internal/explain/variant"
	"github.com/coldcrank/coldcrank/scripts/internal/price"
	"github.com/coldcrank/coldcrank/scripts/internal/stats"
)

// How often each program is started in a batch, of which there are more until each
// effect is settled.
const (
	starts  = 20
	batches = 8
	enough  = 10 * time.Second // after which no further batch begins
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
	l.rank(saves)
	return l, nil
}

// bench builds programs and starts them.
type bench struct {
	levers   *Levers
	program  local.Program
	source   *variant.Source
	dir      string
	programs []local.Program // the function's own first
	trials   []trial
}

// trial is a lever whose effect is what one program starts later than another.
type trial struct {
	name, advice string
	of, than     int // of programs
}

// build builds a variant, and is its place among the programs.
func (b *bench) build(ctx context.Context, c variant.Change) (int, error) {
	p := b.program
	p.Path = filepath.Join(b.dir, fmt.Sprintf("variant%d", len(b.programs)))
	if err := b.source.Build(ctx, c, p.Path); err != nil {
		return 0, err
	}
	for i, other := range b.programs[1:] { // one that comes out alike is the same
		if same, err := alike(p.Path, other.Path); err != nil || same {
			return 1 + i, err
		}
	}
	b.programs = append(b.programs, p)
	return len(b.programs) - 1, nil
}

func alike(file, other string) (bool, error) {
	x, err := os.ReadFile(file)
	if err != nil {
		return false, err
	}
	y, err := os.ReadFile(other)
	return bytes.Equal(x, y), err
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

// turns starts all programs by turns until what is asked of them is settled.
func (b *bench) turns(ctx context.Context, host *start.Host) ([][]start.Start, error) {
	all := make([][]start.Start, len(b.programs))
	began := time.Now()
	for range batches {
		if err := b.renew(); err != nil {
			return nil, err
		}
		more, err := host.Turns(ctx, starts, start.Work{}, b.programs...)
		if err != nil {
			return nil, err
		}
		for i := range all {
			all[i] = append(all[i], more[i]...)
		}
		if len(all[0]) >= 2*starts && b.settled(all) || time.Since(began) > enough {
			break
		}
	}
	return all, nil
}

func (b *bench) settled(all [][]start.Start) bool {
	wide := max(settledShare*less(all[0], nil).MS, settledMS)
	return !slices.ContainsFunc(b.trials, func(t trial) bool {
		e := less(all[t.of], all[t.than])
		return e.High-e.Low > wide
	})
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
		l.Measured = append(l.Measured, Lever{Name: t.name, Advice: t.advice, Saves: less(turns[t.of], turns[t.than])})
	}
	return nil
}

// less is by how much starts of one program take longer than those of another, start
// by start; nil takes no time.
func less(of, than []start.Start) Effect {
	var ms []float64
	for i, one := range of {
		d := one.Init
		if than != nil {
			d -= than[i].Init
		}
		ms = append(ms, float64(d)/1e6)
	}
	m := stats.MedianOf(ms)
	return Effect{MS: m.P50, Low: m.Low, High: m.High, Starts: m.N}
}
