package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"

	"github.com/spf13/pflag"

	"github.com/coldcrank/coldcrank/lambda/local"
	"github.com/coldcrank/coldcrank/scripts/internal/app"
	"github.com/coldcrank/coldcrank/scripts/internal/explain"
	"github.com/coldcrank/coldcrank/scripts/internal/explain/budget"
	"github.com/coldcrank/coldcrank/scripts/internal/explain/size"
	"github.com/coldcrank/coldcrank/scripts/internal/explain/subject"
	"github.com/coldcrank/coldcrank/scripts/internal/target"
)

// sizeFlags is what of explain's flags is about size.
type sizeFlags struct {
	base string
	talk io.Writer
	old  map[string]*atBase // of the base, by target; nil until the first one asks
}

// atBase is a target of the base.
type atBase struct {
	size *size.Size
	has  budget.Function // nothing where there is no budget
}

func (f *sizeFlags) define(flags *pflag.FlagSet) {
	flags.StringVar(&f.base, "base", "", "git `ref` to compare with, in size and of what --budget limits")
}

// explainSize takes the shipped executable apart, and with --base that of the same
// target at a git ref.
func explainSize(ctx context.Context, f *explainFlags, sub *subject.Subject, r *explain.Report) error {
	now, err := size.Read(ctx, sub.Shipped, sub.Dir)
	if err != nil {
		return err
	}
	r.Size = now // also where the base is not there
	if ref := f.size.base; ref != "" {
		if f.size.old == nil {
			if err := f.readBase(ctx, sub.Dir); err != nil {
				return &baseError{ref, err}
			}
		}
		if old := f.size.of(sub.Target); old != nil {
			now.Against(ref, old.size)
		} else {
			now.Notes = append(now.Notes, fmt.Sprintf("%s has no target of the name %s to compare with.", ref, sub.Target))
		}
	}
	return nil
}

// readBase reads the sizes of all targets of the base.
func (f *explainFlags) readBase(ctx context.Context, dir string) (err error) {
	here, err := app.Find(dir)
	if err != nil {
		return err
	}
	extra, err := pairs("context", f.context)
	if err != nil {
		return err
	}
	base := &stage{options: local.Options{Inspect: true}, where: target.Where{Ref: f.size.base}}
	defer func() { err = errors.Join(err, base.close()) }()
	var close func() error
	if base.app, close, err = here.At(ctx, f.size.base); err != nil {
		return err
	}
	base.undo = append(base.undo, close)
	if err := base.startLocal(ctx, false, extra, f.size.talk); err != nil {
		return err
	}
	targets, _, err := base.where.Find(ctx, nil)
	if err != nil {
		return err
	}
	old := map[string]*atBase{}
	for _, t := range targets {
		sub, err := base.subject(t)
		if err != nil {
			return fmt.Errorf("%s: %w", t.Target, err)
		}
		x := new(atBase)
		if x.size, err = size.Read(ctx, sub.Shipped, sub.Dir); err != nil {
			return err
		}
		if f.budget != nil {
			about, err := t.Describe(ctx)
			if err != nil {
				return err
			}
			if x.has, err = f.budgeted(ctx, sub, about.CodeBytes, nil); err != nil {
				return err
			}
		}
		old[t.Target.String()] = x // Target.String names the ref too, where there is one
	}
	f.size.old = old
	return nil
}

// of is a target's counterpart in the base: of the same stack and name,
// else of the same name where that is one. It is nil where there is none.
func (f *sizeFlags) of(name string) *atBase {
	if s := f.old[name]; s != nil {
		return s
	}
	var named []*atBase
	for other, s := range f.old {
		if path.Base(other) == path.Base(name) {
			named = append(named, s)
		}
	}
	if len(named) == 1 {
		return named[0]
	}
	return nil
}
