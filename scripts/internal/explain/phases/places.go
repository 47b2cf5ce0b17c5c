package phases

import (
	"debug/elf"
	"encoding/binary"
	"fmt"
	"io"
	"os"

	"github.com/coldcrank/coldcrank/scripts/internal/functable"
)

// places are where a phase of a Go program ends, as addresses in its file. Go's runtime
// comes to them on the program's first thread, to which it locks the main goroutine
// until all packages are initialized (src/runtime/proc.go, main).
type places struct {
	// inits is where runtime.main goes on when gcenable returns: the runtime's own
	// packages are initialized, and those of the program are next.
	inits uint64
	main  uint64 // main.main
	entry uint64 // of the program, before Go's runtime
}

// findPlaces finds them in a stripped executable. Where there are none, whole says why.
func findPlaces(name string) (_ *places, whole string, err error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, "", err
	}
	defer file.Close()
	magic := make([]byte, len(elf.ELFMAG))
	switch _, err := io.ReadFull(file, magic); {
	case err == nil && string(magic) != elf.ELFMAG, err == io.EOF, err == io.ErrUnexpectedEOF:
		return nil, "it is a script", nil
	case err != nil:
		return nil, "", err
	}
	f, err := elf.NewFile(file)
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
	at := map[string]functable.Func{}
	for _, one := range functions {
		switch one.Name {
		case "runtime.main", "runtime.gcenable", "main.main":
			at[one.Name] = one
		}
	}
	caller, enable, main := at["runtime.main"], at["runtime.gcenable"], at["main.main"]
	text := f.Section(".text")
	if main.Entry == 0 || enable.Entry == 0 || caller.Entry < text.Addr || caller.End > text.Addr+text.Size {
		return nil, "its Go starts in another way than expected", nil
	}
	code := make([]byte, caller.CodeBytes())
	if _, err := text.ReadAt(code, int64(caller.Entry-text.Addr)); err != nil {
		return nil, "", fmt.Errorf("read code of %s: %w", name, err)
	}
	inits, ok := afterCall(f.Machine, code, caller.Entry, enable.Entry)
	if !ok {
		return nil, "its Go starts in another way than expected", nil
	}
	return &places{inits: inits, main: main.Entry, entry: f.Entry}, "", nil
}

// afterCall is the address behind the first call of a function in the code of another.
func afterCall(machine elf.Machine, code []byte, from, to uint64) (uint64, bool) {
	switch machine {
	case elf.EM_X86_64: // call: e8, and the distance from behind it in four bytes
		for i := 0; i+5 <= len(code); i++ {
			behind := from + uint64(i) + 5
			if code[i] == 0xe8 && behind+uint64(int64(int32(binary.LittleEndian.Uint32(code[i+1:])))) == to {
				return behind, true
			}
		}
	case elf.EM_AARCH64: // bl: 100101, and the distance from itself in 26 bits, in words
		for i := 0; i+4 <= len(code); i += 4 {
			word, here := binary.LittleEndian.Uint32(code[i:]), from+uint64(i)
			if word>>26 == 0b100101 && here+uint64(int64(int32(word<<6)>>4)) == to {
				return here + 4, true
			}
		}
	}
	return 0, false
}
