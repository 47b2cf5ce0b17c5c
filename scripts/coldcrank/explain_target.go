package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/coldcrank/coldcrank/lambda/local"
	"github.com/coldcrank/coldcrank/scripts/internal/app"
	"github.com/coldcrank/coldcrank/scripts/internal/explain"
	"github.com/coldcrank/coldcrank/scripts/internal/explain/initfailure"
	"github.com/coldcrank/coldcrank/scripts/internal/explain/subject"
	"github.com/coldcrank/coldcrank/scripts/internal/render"
	"github.com/coldcrank/coldcrank/scripts/internal/target"
)

// wants reports whether a section is to be made.
func (f *explainFlags) wants(section string) bool {
	if f.sections != nil {
		return slices.Contains(f.sections, section)
	}
	return !slices.Contains(f.without, section)
}

// target explains one target. The error is of what was asked for; what is the target's
// own is in the report, so that others go on.
func (f *explainFlags) target(ctx context.Context, s *stage, t *target.Target) (*explain.Report, error) {
	r := &explain.Report{Target: t.Target.String()}
	sub, err := s.subject(t)
	if err != nil {
		r.Failed = err.Error()
		for _, one := range explainSections {
			if f.wants(one.name) {
				r.Missing = append(r.Missing, explain.Missing{Section: one.name, Reason: r.Failed})
			}
		}
		return r, nil
	}
	about, err := t.Describe(ctx)
	if err != nil {
		return nil, err
	}
	sub.MemoryMB, sub.Architecture = about.MemoryMB, about.Architecture
	sub.Runtime, sub.Region, sub.Route = about.Runtime, t.Region, t.Route
	f.told(t, sub.MemoryMB, r)
	native := "" // why it does not come to its first request on this machine
	for _, one := range explainSections {
		if !f.wants(one.name) {
			continue
		}
		fmt.Fprintf(f.size.talk, "%s: %s\n", printable(sub.Target), one.name) // it takes seconds
		if err := f.section(ctx, one, sub, r, native); err != nil {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			if f.asked(err) {
				return nil, err
			}
			if failure, ok := errors.AsType[*initfailure.Error](err); ok {
				r.Failed, err = failure.Error(), failure // without what it was met in
				if one.name != "pages" {
					native = r.Failed
				}
			}
			r.Missing = append(r.Missing, explain.Missing{Section: one.name, Reason: err.Error()})
		}
	}
	return r, f.checkBudget(ctx, sub, about.CodeBytes, r)
}

// section makes a section. Where the function did not come to its first request in an
// earlier one, it is not started again, which may take ten seconds: it has the same reason.
func (f *explainFlags) section(ctx context.Context, one section, s *subject.Subject, r *explain.Report, native string) error {
	starts := one.starts || one.name == "money" && f.money.times == nil && !timed(r)
	switch {
	case starts && s.Foreign != nil && one.name == "money":
		return fmt.Errorf("%w; --times or --from gives the times of a run elsewhere", s.Foreign)
	case starts && s.Foreign != nil:
		return s.Foreign
	case native != "" && (starts || one.name == "pages"):
		return errors.New(native)
	}
	return one.make(ctx, f, s, r)
}

// timed reports whether a run has the times of a target.
func timed(r *explain.Report) bool {
	if r.Logs == nil {
		return false
	}
	_, ok := r.Logs.Times()
	return ok
}

// table writes a report for a terminal: in short where no section is asked for.
func (f *explainFlags) table(w io.Writer, r *explain.Report, o render.TableOptions) error {
	if f.sections == nil {
		return render.Brief(w, r.Target, r.Brief(), o)
	}
	sheets := r.Sheets()
	if r.Budget != nil { // stderr has what is exceeded
		sheets[len(sheets)-1].Notes = nil
	}
	return render.Sheets(w, r.Target, sheets, o)
}

// failed is the error of functions that do not start or cannot be looked into.
func failed(reports []*explain.Report) error {
	var all []string
	for _, r := range reports {
		if r.Failed != "" {
			all = append(all, r.Target+": "+r.Failed)
		}
	}
	if all == nil {
		return nil
	}
	return &notExplained{strings.Join(all, "; ")}
}

// notExplained is of functions of which sections are missing for a reason of their own.
type notExplained struct{ text string }

func (e *notExplained) Error() string { return e.text }

// sourceError is of a command that needs the app and takes no deployed stack.
type sourceError struct{ err error }

func (e *sourceError) Error() string { return e.err.Error() }
func (e *sourceError) Unwrap() error { return e.err }

func atSource(err error) error {
	if errors.Is(err, app.ErrNotFound) {
		return &sourceError{err}
	}
	return err
}

// subject is the function of a target of the local executor.
func (s *stage) subject(t *target.Target) (*subject.Subject, error) {
	sub := &subject.Subject{Target: t.Target.String(), Dir: s.app.Dir}
	sub.Program = func(runtimeAPI, tmp string) (local.Program, error) {
		return s.executor.Program(t.FunctionName, runtimeAPI, tmp)
	}
	p, err := sub.Program("127.0.0.1:1", "")
	if err != nil {
		return nil, err
	}
	sub.Local, sub.Shipped, sub.Foreign = p.Path, p.Path, p.Foreign
	if dir, ok := s.executor.ShippedCode(t.FunctionName); ok {
		sub.Shipped = filepath.Join(dir, "bootstrap")
	}
	return sub, nil
}
