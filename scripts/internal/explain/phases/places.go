package phases

import (
	"debug/elf"
	"errors"
	"fmt"
	"os"

	"github.com/coldcrank/coldcrank/scripts/internal/functable"
)

// places are the functions of a Go program at whose entry a phase ends, as addresses
// in its file. Go's runtime runs them on the program's first thread, to which it locks
// the main goroutine until all packages are initialized (src/runtime/proc.go, main).
type places struct {
	// gcenable is called between the inits of Go's runtime and those of the program.
	gcenable uint64
	doInit1  uint64 // initializes one package; called for those of the runtime, too
	main     uint64 // main.main
	entry    uint64 // of the program, before Go's runtime
}

// findPlaces finds them in a stripped executable. Where there are none, whole says why.
func findPlaces(name string) (p *places, whole string, err error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, "", err
	}
	defer file.Close()
	f, err := elf.NewFile(file)
	if bad := (*elf.FormatError)(nil); errors.As(err, &bad) {
		return nil, "it is a script", nil
	}
	if err != nil {
		return nil, "", fmt.Errorf("read %s: %w", name, err)
	}
	functions, err := functable.Read(f)
	if err != nil {
		return nil, "", fmt.Errorf("read functions of %s: %w", name, err)
	}
	if len(functions) == 0 {
		return nil, "Go did not build it", nil
	}
	p = &places{entry: f.Entry}
	of := map[string]*uint64{"runtime.gcenable": &p.gcenable, "runtime.doInit1": &p.doInit1, "main.main": &p.main}
	for _, one := range functions {
		if at := of[one.Name]; at != nil {
			*at = one.Entry
		}
	}
	for name, at := range of {
		if *at == 0 {
			return nil, "its Go has no function " + name, nil
		}
	}
	return p, "", nil
}
