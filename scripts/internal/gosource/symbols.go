package gosource

import (
	"bufio"
	"bytes"
	"context"
	"strconv"
	"strings"
)

// reached are the symbols that the linker told of: a line "FROM -> TO" for each,
// where it needed it first.
func reached(said []byte, made map[string]Symbol) []Symbol {
	var all []Symbol
	owners := map[string]string{"_": ""} // nobody: it is needed from the beginning
	for line := range bytes.Lines(said) {
		from, to, ok := edge(strings.TrimSuffix(string(line), "\n"), owners)
		if !ok {
			continue // a heading of the go command, a warning of the linker
		}
		if _, seen := owners[to]; seen {
			continue
		}
		one := made[to]
		one.Name = to
		if one.Package == "" {
			one.Package = owners[from]
		}
		owners[to] = one.Package
		all = append(all, one)
	}
	return all
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

// made reads the symbols of all packages, by name. Where several packages have made
// one, it is of none.
func (s *Source) made(ctx context.Context) (map[string]Symbol, error) {
	args := []string{"tool", "nm", "-size", "-sort=none"}
	owner := map[string]string{}
	for _, p := range s.Packages {
		if p.Export != "" {
			owner[p.Export] = s.Name(p.ImportPath)
			args = append(args, p.Export)
		}
	}
	out, _, err := s.run(ctx, args...)
	if err != nil {
		return nil, err
	}
	all := map[string]Symbol{}
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		file, one, ok := parseSymbol(lines.Text())
		if !ok {
			continue
		}
		one.Package = owner[file]
		if before, seen := all[one.Name]; seen && before.Package != one.Package {
			one.Package = ""
		}
		all[one.Name] = one
	}
	return all, nil
}

// parseSymbol reads a line of `go tool nm -size`: file, address, size, a letter for
// the kind, and the name, which may have spaces.
func parseSymbol(line string) (file string, s Symbol, ok bool) {
	file, rest, ok := strings.Cut(line, ":\t")
	if !ok {
		return "", Symbol{}, false
	}
	file, _, _ = strings.Cut(file, "(")
	fields := strings.Fields(rest)
	if len(fields) < 4 {
		return "", Symbol{}, false
	}
	if s.Bytes, ok = size(fields[1]); !ok {
		return "", Symbol{}, false
	}
	switch fields[2] {
	case "R", "r":
		s.Kind = Constant
	case "D", "d":
		s.Kind = Variable
	case "U": // of another package
		return "", Symbol{}, false
	}
	_, name, ok := strings.Cut(rest, " "+fields[2]+" ")
	s.Name = local(name)
	return file, s, ok
}

func size(text string) (int64, bool) {
	n, err := strconv.ParseInt(text, 10, 64)
	return n, err == nil && n >= 0
}

// local takes the version off a symbol that only its package can name: "x<1>".
func local(name string) string {
	if i := strings.LastIndexByte(name, '<'); i > 0 && strings.HasSuffix(name, ">") {
		if _, err := strconv.Atoi(name[i+1 : len(name)-1]); err == nil {
			return name[:i]
		}
	}
	return name
}
