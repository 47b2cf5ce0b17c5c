package size

import (
	"errors"
	"strings"

	"github.com/coldcrank/coldcrank/scripts/internal/gosource"
)

// charge attributes types, strings and variables to the packages whose symbols they
// are.
func (l *ledger) charge(symbols []gosource.Symbol) error {
	type file struct {
		pkg   string
		bytes int64
	}
	embedded := map[file]int{}
	groups := map[gosource.Kind]*group{gosource.Constant: l.of(constants), gosource.Variable: l.of(variables)}
	for _, g := range groups {
		if g == nil {
			continue
		}
		for _, s := range g.spans {
			embedded[file{s.pkg, s.bytes()}]++
		}
	}
	for _, s := range symbols {
		g := groups[s.Kind]
		if g == nil || s.Package == "" || inTable(s.Name) {
			continue
		}
		if f := (file{s.Package, s.Bytes}); embedded[f] > 0 {
			embedded[f]-- // it has a line of its own
			continue
		}
		g.own[s.Package] += s.Bytes
	}
	var err error
	for _, g := range groups {
		if g != nil && !g.bound() {
			err = errors.New("the linker tells of more than there is")
		}
	}
	return err
}

// inTable reports whether a symbol is one of those that a function has for the garbage
// collector and tracebacks, which are beside the function table.
func inTable(name string) bool {
	for _, end := range []string{".arginfo0", ".arginfo1", ".argliveinfo", ".stkobj", ".opendefer", ".wrapinfo", ".args_stackmap"} {
		if strings.HasSuffix(name, end) {
			return true
		}
	}
	return strings.HasPrefix(name, "gclocals·")
}
