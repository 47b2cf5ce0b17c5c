package gosource

import (
	"bytes"
	"context"
	"debug/elf"
	"errors"
	"os"
	"path/filepath"
)

// Symbol is something that the linker takes into an executable.
type Symbol struct {
	Name    string
	Package string // as Name calls it; empty for what the linker makes
	Kind    Kind
	Bytes   int64
}

// Kind is where a symbol goes.
type Kind int

const (
	Other    Kind = iota // code, what is zero at the start, what nothing is known of
	Constant             // a type, a string, a constant
	Variable             // with the value that it begins with
)

// ErrDiffers is returned where the source is not what the executable was built from.
var ErrDiffers = errors.New("it makes other code than the executable has")

// Symbols are what the linker takes, in the order in which it finds that it needs
// them. It links the program again, with all that was compiled for it, and lets the
// linker tell which symbols it takes and who needed each first (its flag -dumpdep);
// the sizes are those of the compiler. A symbol that one package has made is that
// package's. One that several have made alike, such as a string, is of whoever needed
// it first. Errors: ErrDiffers, and what the go command says.
func (s *Source) Symbols(ctx context.Context, executable []byte) ([]Symbol, error) {
	temp, err := os.MkdirTemp("", "coldcrank-relink-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(temp)
	file := filepath.Join(temp, "bootstrap")
	said, err := s.build(ctx, Change{dumpDeps: true}, file)
	if err != nil {
		return nil, err
	}
	again, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	if !sameCode(executable, again) {
		return nil, ErrDiffers
	}
	made, err := s.made(ctx)
	if err != nil {
		return nil, err
	}
	return reached(said, made), nil
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
