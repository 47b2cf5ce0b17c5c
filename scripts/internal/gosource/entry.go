package gosource

import (
	"debug/elf"
	"io"
	"strings"

	"github.com/coldcrank/coldcrank/scripts/internal/functable"
)

// entry is the function at which the kernel enters an executable, empty where that is
// Go's own or not known. The linker's flag -E chooses it, and the executable notes no
// flags of the linker if it was built with -trimpath.
func entry(executable io.ReaderAt) string {
	f, err := elf.NewFile(executable)
	if err != nil {
		return ""
	}
	all, err := functable.Read(f)
	if err != nil {
		return ""
	}
	for _, fn := range all {
		if name := strings.TrimSuffix(fn.Name, ".abi0"); fn.Entry == f.Entry && !strings.HasPrefix(name, "_rt0_") {
			return name
		}
	}
	return ""
}
