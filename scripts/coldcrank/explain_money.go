package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/coldcrank/coldcrank/scripts/internal/dial"
	"github.com/coldcrank/coldcrank/scripts/internal/explain"
	"github.com/coldcrank/coldcrank/scripts/internal/explain/logs"
	"github.com/coldcrank/coldcrank/scripts/internal/explain/start"
	"github.com/coldcrank/coldcrank/scripts/internal/explain/subject"
	"github.com/coldcrank/coldcrank/scripts/internal/price"
	"github.com/coldcrank/coldcrank/scripts/internal/stats"
)

// moneyFlags are the flags of the sections money and levers.
type moneyFlags struct {
	prices    *price.Table // nil: what is built in
	region    string       // empty: the stack's
	coldShare *float64     // nil: dial.DefaultColdShare
	times     *price.Times // nil: measured here
}

func (m *moneyFlags) register(flags *pflag.FlagSet) {
	flags.Func("prices", "JSON `file` with list prices of Regions, used before those that are built in", func(name string) (err error) {
		m.prices, err = pricesFile(name)
		return err
	})
	flags.StringVar(&m.region, "region", "", "`Region` whose prices are used; default: that of the stack, us-east-1 where it leaves it open")
	flags.Func("cold-share", "`share` of requests that start an environment, such as 1% or 0.01 (default 1%)", func(text string) (err error) {
		m.coldShare, err = share(text)
		return err
	})
	flags.Func("times", "`init,first,later`: times of a run on AWS, such as 22ms,1.6ms,1.2ms, instead of measuring here", func(text string) (err error) {
		m.times, err = givenTimes(text)
		return err
	})
}

// How often a program is started for its times, and how often invoked in each start.
const (
	moneyStarts      = 20
	moneyInvocations = 6
)

func explainMoney(ctx context.Context, f *explainFlags, s *subject.Subject, r *explain.Report) (err error) {
	r.Money, err = f.money.of(ctx, s, r.Logs)
	return err
}

// given reports whether any of the flags was.
func (m *moneyFlags) given() bool {
	return m.prices != nil || m.region != "" || m.coldShare != nil || m.times != nil
}

// share is of requests that start an environment.
func (m *moneyFlags) share() float64 {
	if m.coldShare != nil {
		return *m.coldShare
	}
	return dial.DefaultColdShare
}

// of is what a function costs, by the times and the Region of a run's logs if there are
// any.
func (m *moneyFlags) of(ctx context.Context, s *subject.Subject, l *logs.Logs) (*price.Money, error) {
	q := price.Question{
		Region: s.Region, Architecture: s.Architecture, MemoryMB: s.MemoryMB, Family: price.FamilyOf(s.Runtime), Day: time.Now(),
	}
	switch {
	case m.region != "":
		q.Region = m.region
	case l != nil && !l.Local && l.Region != "":
		q.Region = l.Region
	}
	table := price.Builtin()
	if m.prices != nil {
		if _, ok := m.prices.Regions[q.Region]; ok {
			table = m.prices
		}
	}
	if _, err := table.In(q.Region); err != nil { // before anything is measured
		return nil, err
	}
	q.ColdShare = m.share()
	known := m.times != nil
	if known {
		q.Times = *m.times
	} else if l != nil {
		q.Times, known = l.Times()
	}
	if !known {
		var err error
		if q.Times, err = measuredTimes(ctx, s); err != nil {
			return nil, err
		}
	}
	return price.Of(table, q)
}

func pricesFile(name string) (*price.Table, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return price.Read(file)
}

// share reads 1% and 0.01 alike.
func share(text string) (*float64, error) {
	number, percent := strings.CutSuffix(text, "%")
	v, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if percent {
		v /= 100
	}
	if err != nil || !(v >= 0 && v <= 1) {
		return nil, errors.New("not a share such as 1% or 0.01")
	}
	return &v, nil
}

func givenTimes(text string) (*price.Times, error) {
	var all []time.Duration
	for field := range strings.SplitSeq(text, ",") {
		if d, err := time.ParseDuration(strings.TrimSpace(field)); err == nil && d >= 0 {
			all = append(all, d)
		}
	}
	if len(all) != 3 || strings.Count(text, ",") != 2 || all[1] == 0 || all[2] == 0 { // a start may have no init, but an invocation takes time
		return nil, errors.New("not three durations such as 22ms,1.6ms,1.2ms")
	}
	return &price.Times{Init: all[0], Cold: all[1], Warm: all[2], From: "as --times gives them"}, nil
}

// measuredTimes are medians of starts on this machine.
func measuredTimes(ctx context.Context, s *subject.Subject) (price.Times, error) {
	host, err := start.Listen()
	if err != nil {
		return price.Times{}, err
	}
	defer host.Close()
	tmp, err := os.MkdirTemp("", "coldcrank-money-")
	if err != nil {
		return price.Times{}, err
	}
	defer os.RemoveAll(tmp)
	p, err := s.Program(host.Address(), tmp)
	if err != nil {
		return price.Times{}, err
	}
	all, err := host.Turns(ctx, moneyStarts, start.Work{Event: start.Event(s.Route), Invocations: moneyInvocations}, p)
	if err != nil {
		return price.Times{}, err
	}
	var init, cold, warm []time.Duration
	failed := 0
	for _, one := range all[0] {
		init = append(init, one.Init)
		cold = append(cold, one.Invocations[0])
		warm = append(warm, one.Invocations[1:]...)
		failed += one.Failed
	}
	from := fmt.Sprintf("medians of %d starts on this machine, not AWS's, by requests to %s", moneyStarts, s.Route)
	if failed > 0 {
		from += fmt.Sprintf("; %d of %d ended in an error", failed, moneyStarts*moneyInvocations)
	}
	return price.Times{
		Init: stats.Distribute(init).P50, Cold: stats.Distribute(cold).P50, Warm: stats.Distribute(warm).P50, From: from,
	}, nil
}
