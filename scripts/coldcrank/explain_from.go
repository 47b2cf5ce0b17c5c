package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
	"github.com/coldcrank/coldcrank/scripts/internal/explain"
	"github.com/coldcrank/coldcrank/scripts/internal/explain/levers"
	"github.com/coldcrank/coldcrank/scripts/internal/explain/logs"
	"github.com/coldcrank/coldcrank/scripts/internal/target"
)

// readFrom reads the results of --from, and says on stderr what is wrong with them.
func (f *explainFlags) readFrom() error {
	if f.from == "" {
		return nil
	}
	if f.money.times != nil {
		return usagef("--times and --from are both about times: leave one of them out")
	}
	info, err := os.Stat(f.from)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return usagef("--from %s is no file: it takes a results file, such as results/…jsonl", f.from)
	case err == nil && info.IsDir():
		return usagef("--from %s is a folder: name a results file in it, such as %s", f.from, filepath.Join(f.from, "…jsonl"))
	}
	if f.run, err = dataset.ReadFile(f.from); err != nil {
		return err
	}
	warnRun(f.size.talk, f.run)
	return nil
}

// told is what the results of --from say of a target, with what of it is missing.
func (f *explainFlags) told(t *target.Target, memoryMB int, r *explain.Report) {
	if f.run == nil {
		return
	}
	name := logs.Name(f.run, t.Target.String())
	f.memory = levers.MemoryOf(f.run, name, memoryMB, f.money.share())
	if r.Logs = logs.Of(f.run, name, memoryMB); r.Logs != nil {
		r.Logs.Here = t.DeploymentID
		return
	}
	reason := fmt.Sprintf("%s has no %s", f.from, t.Target)
	if f.memory != nil {
		reason += fmt.Sprintf(" with %d MB", memoryMB)
	}
	r.Missing = append(r.Missing, explain.Missing{Section: "logs", Reason: reason})
}

// unknown is the error of results that have none of the targets, which are of another
// app then, or of another stack.
func (f *explainFlags) unknown(targets []*target.Target) error {
	if f.run == nil {
		return nil
	}
	var wanted []string
	for _, t := range targets {
		if logs.Name(f.run, t.Target.String()) != "" {
			return nil
		}
		wanted = append(wanted, t.Target.String())
	}
	return usagef("--from %s has no target that is explained here: it has %s, and here there is %s",
		f.from, strings.Join(logs.Names(f.run), ", "), strings.Join(wanted, ", "))
}
