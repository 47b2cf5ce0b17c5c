// Package pages counts the 4 kB pages of code that the init of a shipped executable
// executes: from its start until it asks the Runtime API for the first invocation.
//
// The executable runs under QEMU's emulation of its processor, which writes down each
// instruction that it translates, on this machine and without AWS. It is a count, not
// a time: what else the machine does is not in it.
package pages

import (
	"cmp"
	"context"
	"debug/elf"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"

	"github.com/coldcrank/coldcrank/scripts/internal/explain/sheet"
	"github.com/coldcrank/coldcrank/scripts/internal/explain/subject"
	"github.com/coldcrank/coldcrank/scripts/internal/functable"
	"github.com/coldcrank/coldcrank/scripts/internal/render"
)

// pageSize is the unit in which the kernel maps a file, in bytes.
const pageSize = 4096

// Pages is what the init of an executable touches of its code.
type Pages struct {
	Architecture string `json:"architecture"` // arm64 or x86_64
	// Count is the number of pages that most of the runs executed.
	Count int `json:"pages"`
	// Least and Most are the numbers of single runs. They are Count where the runs
	// agree.
	Least int `json:"least"`
	Most  int `json:"most"`
	Runs  int `json:"runs"`
	// OfCode is how many pages of code the executable has.
	OfCode int `json:"pages_of_code"`
	// Packages are the Go packages that the pages belong to, the most pages first. A
	// page of several counts for each by its share of the instructions executed there:
	// the sum is Count. It is nil for an executable that Go did not build.
	Packages []Package `json:"packages,omitempty"`

	Emulator string `json:"emulator"` // as it names itself
	// Turns is how the program's threads took turns: see realTime and batch.
	Turns string `json:"turns"`
}

// Package is a Go package's part of the pages.
type Package struct {
	Path  string  `json:"package"`
	Pages float64 `json:"pages"`
}

// Grew are the packages of which more is executed than of another executable, by half a
// page at least: what packages share of a page shifts a little with every build. The most
// comes first.
func (x *Pages) Grew(old *Pages) []Package {
	before := map[string]float64{}
	for _, p := range old.Packages {
		before[p.Path] = p.Pages
	}
	var grew []Package
	for _, p := range x.Packages {
		if more := p.Pages - before[p.Path]; more >= 0.5 {
			grew = append(grew, Package{p.Path, more})
		}
	}
	slices.SortFunc(grew, func(a, b Package) int {
		return cmp.Or(cmp.Compare(b.Pages, a.Pages), cmp.Compare(a.Path, b.Path))
	})
	return grew
}

// runs is how often an executable is run: an odd number, of which most decide.
const runs = 5

// Count runs the shipped executable of a function, and counts. The error says in one
// line why that cannot be done here, and what would help.
func Count(ctx context.Context, s *subject.Subject) (*Pages, error) {
	file, err := openCode(s.Shipped)
	if err != nil {
		return nil, err
	}
	e, err := findEmulator(ctx, file.machine)
	if err != nil {
		return nil, err
	}
	x := &Pages{Architecture: e.architecture, Emulator: e.version, Runs: runs, OfCode: file.pages()}
	var all []executed
	for range runs {
		one, turns, err := e.run(ctx, s, file)
		if err != nil {
			return nil, err
		}
		x.Turns = turns
		all = append(all, one)
	}
	x.settle(all, file.functions)
	return x, nil
}

// settle counts what most runs executed.
func (x *Pages) settle(all []executed, functions []functable.Func) {
	seen := map[uint64]int{}
	first := executed{}
	x.Least, x.Most = len(all[0]), len(all[0])
	for _, one := range all {
		x.Least, x.Most = min(x.Least, len(one)), max(x.Most, len(one))
		for page, at := range one {
			if seen[page]++; first[page] == nil {
				first[page] = at
			}
		}
	}
	shares := map[string]float64{}
	for page, n := range seen {
		if n <= len(all)/2 {
			continue
		}
		x.Count++
		byPackage, total := map[string]int{}, 0
		for address := range first[page].addresses(page) {
			byPackage[packageAt(functions, address)]++
			total++
		}
		for path, n := range byPackage {
			shares[path] += float64(n) / float64(total)
		}
	}
	if len(functions) == 0 {
		return
	}
	for path, n := range shares {
		x.Packages = append(x.Packages, Package{path, math.Round(n*1e6) / 1e6}) // added in any order
	}
	slices.SortFunc(x.Packages, func(a, b Package) int {
		return cmp.Or(cmp.Compare(b.Pages, a.Pages), cmp.Compare(a.Path, b.Path))
	})
}

// code is an executable as far as it is counted.
type code struct {
	machine   elf.Machine
	spans     []span           // where its code lies in memory
	functions []functable.Func // none where Go did not build it
}

// span is a range of addresses.
type span struct{ from, to uint64 }

// openCode reads an executable for Linux that is loaded where it says.
func openCode(name string) (*code, error) {
	r, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	magic := make([]byte, 2)
	if _, err := r.ReadAt(magic, 0); err == nil && string(magic) == "#!" {
		return nil, errors.New("the program is a script: the code that runs is its interpreter's, which is not part of the deployment")
	}
	f, err := elf.NewFile(r)
	if err != nil {
		return nil, fmt.Errorf("%s is no executable for Linux: %w", name, err)
	}
	c := &code{machine: f.Machine}
	for _, p := range f.Progs {
		switch {
		case p.Type == elf.PT_INTERP:
			return nil, errors.New("the executable is linked dynamically, as with cgo or -buildmode=pie: its libraries would have to be those of the deployment; CGO_ENABLED=0 and no buildmode link it statically")
		case p.Type == elf.PT_LOAD && p.Flags&elf.PF_X != 0 && p.Vaddr+p.Filesz >= p.Vaddr:
			c.spans = append(c.spans, span{p.Vaddr, p.Vaddr + p.Filesz})
		}
	}
	if f.Type != elf.ET_EXEC { // ET_DYN, and not dynamic as that is above
		return nil, errors.New("the executable is position-independent (-buildmode=pie): pages are counted of one that is linked to a fixed address, as Go does by default")
	}
	if c.functions, err = functable.Read(f); err != nil {
		return nil, fmt.Errorf("read functions of %s: %w", name, err)
	}
	return c, nil
}

// holds reports whether an address is in the code.
func (c *code) holds(address uint64) bool {
	for _, s := range c.spans {
		if s.from <= address && address < s.to {
			return true
		}
	}
	return false
}

func (c *code) pages() (n int) {
	for _, s := range c.spans {
		if s.to > s.from {
			n += int((s.to-1)/pageSize - s.from/pageSize + 1)
		}
	}
	return n
}

// shown is how many packages a sheet names.
const shown = 15

// Sheet shows the number, and the packages that it comes from.
func (x *Pages) Sheet() sheet.Sheet {
	s := sheet.Sheet{Title: "Pages"}
	s.Answer = fmt.Sprintf("%d of %d pages of %s code (4 kB each) are executed until the first invocation is asked for", x.Count, x.OfCode, x.Architecture)
	if x.Packages != nil {
		t := sheet.Table{Header: []string{"package", "pages", "share"}, Right: []bool{false, true, true}}
		rest := 0.0
		for i, p := range x.Packages {
			if i >= shown {
				rest += p.Pages
				continue
			}
			t.Rows = append(t.Rows, x.row(p.Path, p.Pages))
		}
		if n := len(x.Packages) - shown; n > 0 {
			t.Rows = append(t.Rows, x.row(render.Count(n, "other"), rest))
		}
		s.Tables = append(s.Tables, t)
	}
	if x.Least == x.Most {
		s.Notes = append(s.Notes, fmt.Sprintf("The same number in each of %d runs under %s (%s).", x.Runs, x.Emulator, x.Turns))
	} else {
		s.Notes = append(s.Notes, fmt.Sprintf("%d runs under %s (%s) had %d to %d pages: those are counted that most of them executed.", x.Runs, x.Emulator, x.Turns, x.Least, x.Most))
	}
	s.Notes = append(s.Notes,
		"A cold start reads each of them from the executable. Pages of data, other files, and work that executes no new code are not in the number: it is no time.")
	return s
}

func (x *Pages) row(name string, n float64) []string {
	return []string{name, fmt.Sprintf("%.1f", n), fmt.Sprintf("%.1f %%", 100*n/float64(x.Count))}
}
