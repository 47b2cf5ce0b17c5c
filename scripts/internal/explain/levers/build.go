package levers

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"

	"github.com/coldcrank/coldcrank/lambda/local"
	"github.com/coldcrank/coldcrank/scripts/internal/explain/variant"
)

// bench builds programs and starts them.
type bench struct {
	levers   *Levers
	program  local.Program
	source   *variant.Source
	dir      string
	programs []local.Program // the function's own first, then the variants
	changes  []variant.Change
	trials   []trial // of changes until they are built, then of programs
}

// trial is a lever whose effect is what one program starts later than another.
type trial struct {
	name, advice string
	of, than     int
	moves        bool // a request that needs what is gained has to do it itself
}

// build is the place of a variant among changes.
func (b *bench) build(c variant.Change) int {
	b.changes = append(b.changes, c)
	return len(b.changes) - 1
}

// buildAll builds all variants, as many at a time as there are processors: a link has
// one thread for most of its time. Trials of what cannot be built are left out. The
// error is of the first that could not.
func (b *bench) buildAll(ctx context.Context) error {
	files, errs := make([]string, len(b.changes)), make([]error, len(b.changes))
	gate := make(chan struct{}, runtime.NumCPU())
	var all sync.WaitGroup
	for i, c := range b.changes {
		files[i] = filepath.Join(b.dir, fmt.Sprintf("variant%d", i))
		all.Go(func() {
			gate <- struct{}{}
			defer func() { <-gate }()
			errs[i] = b.source.Build(ctx, c, files[i])
		})
	}
	all.Wait()
	place := make([]int, len(files)) // among programs; 0: not built
	for i, file := range files {
		if errs[i] == nil {
			place[i], errs[i] = b.add(file)
		}
	}
	b.trials = slices.DeleteFunc(b.trials, func(t trial) bool { return place[t.of] == 0 || place[t.than] == 0 })
	for i := range b.trials {
		t := &b.trials[i]
		t.of, t.than = place[t.of], place[t.than]
		if t.of == t.than {
			b.levers.Same = append(b.levers.Same, t.name)
		}
	}
	b.trials = slices.DeleteFunc(b.trials, func(t trial) bool { return t.of == t.than })
	if i := slices.IndexFunc(errs, func(err error) bool { return err != nil }); i >= 0 {
		return errs[i]
	}
	return nil
}

// add is the place of a program among programs. One that comes out like another variant
// is the same.
func (b *bench) add(file string) (int, error) {
	for i, other := range b.programs[1:] {
		if same, err := alike(file, other.Path); err != nil {
			return 0, err
		} else if same {
			return 1 + i, nil
		}
	}
	p := b.program
	p.Path = file
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
