package size

import (
	"bytes"
	"errors"
	"strings"
)

// charge attributes types, strings and variables by what the linker said while it
// looked for what the program needs (its flag -dumpdep): a line "FROM -> TO" for each
// symbol, where it needed it first. A symbol that one package has made is that
// package's. One that several have made alike, such as a string, is of whoever needed
// it first.
func (l *ledger) charge(said []byte, symbols map[string]symbol) error {
	type file struct {
		pkg   string
		bytes int64
	}
	embedded := map[file]int{}
	groups := map[kind]*group{}
	for _, k := range []kind{constants, variables} {
		g := l.of(k)
		if g == nil {
			continue
		}
		groups[k] = g
		for _, s := range g.spans {
			embedded[file{s.pkg, s.bytes()}]++
		}
	}
	owners := map[string]string{"_": ""} // nobody: it is needed from the beginning
	for line := range bytes.Lines(said) {
		from, to, ok := edge(strings.TrimSuffix(string(line), "\n"), owners)
		if !ok {
			continue // a heading of the go command, a warning of the linker
		}
		sym, known := symbols[to]
		owner := sym.pkg
		if owner == "" {
			owner = owners[from]
		}
		if _, seen := owners[to]; seen {
			continue
		}
		owners[to] = owner
		g := groups[sym.kind]
		if f := (file{owner, sym.bytes}); embedded[f] > 0 && g != nil {
			embedded[f]-- // it has a line of its own
			continue
		}
		if known && g != nil && owner != "" && !inTable(to) {
			g.own[owner] += sym.bytes
		}
	}
	var err error
	for _, k := range []kind{constants, variables} {
		if g := groups[k]; g != nil && !g.bound() {
			err = errors.New("the linker tells of more than there is")
		}
	}
	return err
}

// edge takes a line of -dumpdep apart. Names may hold the arrow: the first of the two
// has come up before.
func edge(line string, known map[string]string) (from, to string, ok bool) {
	const arrow = " -> "
	for at := 0; ; {
		i := strings.Index(line[at:], arrow)
		if i < 0 {
			return "", "", false
		}
		at += i
		from = bare(line[:at])
		at += len(arrow)
		if _, ok := known[from]; ok {
			return from, bare(line[at:]), true
		}
	}
}

// bare is a symbol's name without what -dumpdep adds to it.
func bare(name string) string {
	name = strings.TrimSuffix(name, "<ReflectMethod>")
	return strings.TrimSpace(strings.TrimSuffix(name, "<UsedInIface>"))
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
