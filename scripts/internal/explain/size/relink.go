package size

import (
	"bufio"
	"bytes"
	"context"
	"debug/elf"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// defaultLDFlags are the linker's flags where the executable does not say, as one that
// is built with -trimpath does not (src/cmd/go/internal/load/pkg.go, setBuildInfo). They
// are those of the construct; others seldom change what is looked at here.
const defaultLDFlags = "-s -w -buildid="

// relink links the program again, with all that was compiled for it, and lets the
// linker tell which symbols it takes and who needed each first. Together with what
// the compiler says of their sizes that is whose types, strings and variables are in
// the executable. Nothing is attributed if that makes other code than the file has.
func (s *source) relink(ctx context.Context, l *ledger, data []byte) error {
	temp, err := os.MkdirTemp("", "coldcrank-size-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	file := filepath.Join(temp, "bootstrap")
	flags := s.settings["-ldflags"]
	if s.settings["-trimpath"] == "true" {
		flags = defaultLDFlags
	}
	flags += " -dumpdep"
	_, said, err := s.run(ctx, slices.Concat([]string{"build"}, s.flags(), []string{"-ldflags=" + flags, "-o", file, s.program})...)
	if err != nil {
		return err
	}
	again, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if !sameCode(data, again) {
		return errors.New("it makes other code than the executable has")
	}
	symbols, err := s.symbols(ctx)
	if err != nil {
		return err
	}
	return l.charge(said, symbols)
}

// sameCode reports whether two executables have as much code, and as much to tell
// about it. Variables that the linker sets (-X) may differ.
func sameCode(a, b []byte) bool {
	if bytes.Equal(a, b) {
		return true
	}
	var sides [2]*elf.File
	for i, data := range [][]byte{a, b} {
		f, err := elf.NewFile(bytes.NewReader(data))
		if err != nil {
			return false
		}
		sides[i] = f
	}
	for _, name := range []string{".text", ".gopclntab"} {
		x, y := sides[0].Section(name), sides[1].Section(name)
		if x == nil || y == nil || x.Size != y.Size {
			return false
		}
	}
	return true
}

// symbol is what the compiler made, in the packages that have it.
type symbol struct {
	bytes int64
	kind  kind
	pkg   string // empty where several have the same
}

// symbols reads the symbols of all packages, by name.
func (s *source) symbols(ctx context.Context) (map[string]symbol, error) {
	args := []string{"tool", "nm", "-size", "-sort=none"}
	owner := map[string]string{}
	for i := range s.packages {
		if p := &s.packages[i]; p.Export != "" {
			owner[p.Export] = s.name(p)
			args = append(args, p.Export)
		}
	}
	out, _, err := s.run(ctx, args...)
	if err != nil {
		return nil, err
	}
	all := map[string]symbol{}
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		file, name, one, ok := parseSymbol(lines.Text())
		if !ok {
			continue
		}
		one.pkg = owner[file]
		if before, seen := all[name]; seen && before.pkg != one.pkg {
			one.pkg = ""
		}
		all[name] = one
	}
	return all, nil
}

// parseSymbol reads a line of `go tool nm -size`: file, address, size, a letter for
// the kind, and the name, which may have spaces.
func parseSymbol(line string) (file, name string, s symbol, ok bool) {
	file, rest, ok := strings.Cut(line, ":\t")
	if !ok {
		return
	}
	file, _, _ = strings.Cut(file, "(")
	fields := strings.Fields(rest)
	if len(fields) < 4 {
		return file, "", s, false
	}
	n, err := strconv.ParseInt(fields[1], 10, 64)
	if err != nil {
		return file, "", s, false
	}
	switch fields[2] {
	case "R", "r":
		s.kind = constants
	case "D", "d":
		s.kind = variables
	case "U": // of another package
		return file, "", s, false
	}
	_, name, ok = strings.Cut(rest, " "+fields[2]+" ")
	s.bytes = n
	return file, local(name), s, ok
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
