package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
	"github.com/coldcrank/coldcrank/scripts/internal/stats"
)

// selection finds what the arguments of a comparison name.
type selection struct {
	dir  string // where runs are looked for that no file name names
	talk io.Writer

	known []candidate // runs of dir, the newest first; read once
}

// candidate is a results file with its header.
type candidate struct {
	file   string
	header dataset.Header
}

// choice is some targets of one file.
type choice struct {
	candidate
	keys []string
}

// pairs are the pairs of sides that one or two arguments name, read from their
// files.
func (s *selection) pairs(args []string) ([]stats.Pair, error) {
	var old, new choice
	var err error
	if len(args) == 1 {
		old, new, err = s.within(args[0])
	} else {
		old, new, err = s.both(args[0], args[1])
	}
	if err != nil {
		return nil, err
	}
	pairs, err := s.match(old, new)
	if err != nil {
		return nil, err
	}
	return pairs, s.read(old.file, new.file, pairs)
}

// within takes the two sides that one run compared.
func (s *selection) within(arg string) (old, new choice, err error) {
	found, err := s.find(arg)
	if err != nil {
		return old, new, err
	}
	for _, c := range found {
		if old, new, ok := c.compared(); ok {
			return old, new, nil
		}
	}
	return old, new, usagef("%s: the run compared no two sides (run --against): name OLD and NEW", arg)
}

// compared are the two sides that the run has compared of what is chosen.
func (c choice) compared() (old, new choice, ok bool) {
	old, new = choice{candidate: c.candidate}, choice{candidate: c.candidate}
	for _, t := range c.header.Targets {
		if t.Against != "" && slices.Contains(c.keys, t.Key) {
			old.keys, new.keys = append(old.keys, t.Against), append(new.keys, t.Key)
		}
	}
	return old, new, new.keys != nil
}

// both takes the newest run that holds both, else the newest of each.
func (s *selection) both(a, b string) (old, new choice, err error) {
	olds, err := s.find(a)
	if err != nil {
		return old, new, err
	}
	news, err := s.find(b)
	if err != nil {
		return old, new, err
	}
	old, new = olds[0], news[0]
	for _, n := range news {
		if i := slices.IndexFunc(olds, func(o choice) bool { return sameRun(o.candidate, n.candidate) }); i >= 0 {
			old, new = olds[i], n
			break
		}
	}
	return old, new, nil
}

// find lists what an argument names, the newest run first.
func (s *selection) find(arg string) ([]choice, error) {
	name, target := arg, ""
	if _, err := os.Stat(arg); err != nil {
		if i := strings.LastIndexByte(arg, ':'); i > 0 {
			name, target = arg[:i], arg[i+1:]
		}
	}
	var runs []candidate
	info, err := os.Stat(name)
	folder := err == nil && info.IsDir()
	if err == nil && !folder {
		header, err := dataset.ReadHeader(name)
		if err != nil {
			return nil, err
		}
		runs = []candidate{{name, header}}
		name = ""
	} else if named := strings.HasSuffix(name, ".jsonl") || strings.HasSuffix(name, ".partial"); named && !folder {
		return nil, fmt.Errorf("read results: %w", err)
	} else if named {
		return nil, isFolder(name)
	} else if runs, err = s.runs(); err != nil {
		return nil, err
	}
	var found []choice
	for _, r := range runs {
		c := choice{candidate: r}
		for _, t := range r.header.Targets {
			if (name == "" || names(name, r.header, t)) && (target == "" || target == t.Key || target == t.Name) {
				c.keys = append(c.keys, t.Key)
			}
		}
		if c.keys != nil {
			found = append(found, c)
		}
	}
	switch {
	case found != nil:
		return found, nil
	case name == "":
		var there []string
		for _, t := range runs[0].header.Targets {
			there = append(there, t.Key)
		}
		return nil, usagef("%s: no target is named %q; there are %s", runs[0].file, target, strings.Join(there, ", "))
	case folder:
		return nil, isFolder(name)
	}
	return nil, usagef("%q names no results file, and no run, deployment or label of the %s in %s", arg, counted(len(runs), "run"), near(s.dir))
}

func isFolder(name string) error {
	return usagef("%s is a folder: name a results file in it, or with --results %s a run, deployment or label", name, name)
}

// fewestDigits of an id name it.
const fewestDigits = 4

// names reports whether a name means a target of a run.
func names(name string, h dataset.Header, t dataset.Target) bool {
	if key, value, ok := strings.Cut(name, "="); ok {
		v, labelled := h.Labels[key]
		return labelled && v == value
	}
	return len(name) >= fewestDigits && (strings.HasPrefix(h.Run, name) || strings.HasPrefix(t.DeploymentID, name))
}

// runs reads the headers of the results folder.
func (s *selection) runs() ([]candidate, error) {
	if s.known != nil {
		return s.known, nil
	}
	files, err := filepath.Glob(filepath.Join(s.dir, "*.jsonl"))
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		header, err := dataset.ReadHeader(file)
		if err != nil {
			fmt.Fprintf(s.talk, "coldcrank: warning: left out: %s\n", printable(err.Error()))
			continue
		}
		s.known = append(s.known, candidate{file, header})
	}
	if s.known == nil {
		return nil, fmt.Errorf("%s: %w", near(s.dir), dataset.ErrNoResults)
	}
	slices.SortFunc(s.known, func(a, b candidate) int {
		return cmp.Or(b.header.Started.Compare(a.header.Started), strings.Compare(a.file, b.file))
	})
	return s.known, nil
}

// sameRun reports whether two candidates are one run, be it in two files.
func sameRun(a, b candidate) bool {
	return a.file == b.file || a.header.Run != "" && a.header.Run == b.header.Run
}

// side is a target of the choice without its samples.
func (c choice) side(key string) *stats.Side {
	i := slices.IndexFunc(c.header.Targets, func(t dataset.Target) bool { return t.Key == key })
	return &stats.Side{Header: c.header, Target: c.header.Targets[i]}
}

// isBase reports whether another target of the run was compared with this one.
func (c choice) isBase(key string) bool {
	return slices.ContainsFunc(c.header.Targets, func(t dataset.Target) bool { return t.Against == key })
}

// opposite finds among the old targets that are free the one to compare a new one
// with, -1 for none: in one run its base, else the one of its name. Of two runs heads
// are compared with heads and bases with bases.
func opposite(old, new choice, key string, used map[string]bool) int {
	n := new.side(key).Target
	together := sameRun(old.candidate, new.candidate)
	if i := slices.Index(old.keys, n.Against); together && i >= 0 {
		return i
	}
	return slices.IndexFunc(old.keys, func(k string) bool {
		return !used[k] && sameName(old.side(k).Target, n) && (together || old.isBase(k) == new.isBase(key))
	})
}

// match pairs the targets of two choices: one with one, else each with what is
// opposite.
func (s *selection) match(old, new choice) ([]stats.Pair, error) {
	var pairs []stats.Pair
	var left []string
	used := map[string]bool{}
	one := len(old.keys) == 1 && len(new.keys) == 1
	for _, key := range new.keys {
		i := 0
		if !one {
			i = opposite(old, new, key, used)
		}
		if i < 0 {
			left = append(left, key)
			continue
		}
		base := old.keys[i]
		if base == key && sameRun(old.candidate, new.candidate) {
			return nil, usagef("%s of %s and of %s are the same samples: there is nothing to compare", key, near(old.file), near(new.file))
		}
		used[base] = true
		pairs = append(pairs, stats.Pair{Old: old.side(base), New: new.side(key)})
	}
	for _, key := range old.keys {
		if !used[key] {
			left = append(left, key)
		}
	}
	if pairs == nil {
		return nil, usagef("%s and %s have no target of one name: name one of each, FILE:TARGET", near(old.file), near(new.file))
	}
	if left != nil {
		fmt.Fprintf(s.talk, "coldcrank: warning: only on one side, and left out: %s\n", printable(strings.Join(left, ", ")))
	}
	return pairs, nil
}

// sameName reports whether two targets have one name, and where a memory dial was
// turned, one size.
func sameName(a, b dataset.Target) bool {
	dialled := a.DialOf != "" || b.DialOf != ""
	return a.Stack == b.Stack && a.Name == b.Name && (!dialled || a.MemoryMB == b.MemoryMB)
}

// read gives the sides of the pairs their samples, each file read once.
func (s *selection) read(old, new string, pairs []stats.Pair) error {
	byFile := map[string][]*stats.Side{}
	for _, p := range pairs {
		byFile[old] = append(byFile[old], p.Old)
		byFile[new] = append(byFile[new], p.New)
	}
	var errs []error
	for file, sides := range byFile {
		run, err := dataset.ScanFile(file, func(x *dataset.Sample) {
			for _, side := range sides {
				side.Add(x)
			}
		})
		if err != nil {
			errs = append(errs, err)
			continue
		}
		warnRun(s.talk, run)
	}
	return errors.Join(errs...)
}
