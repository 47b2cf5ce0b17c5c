package pages

import (
	"debug/elf"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestOpenCodeRefuses has executables whose code is not all in the file, or is not where
// the file says.
func TestOpenCodeRefuses(t *testing.T) {
	program, err := os.ReadFile(build(t, "./testdata/program", "arm64"))
	if err != nil {
		t.Fatal(err)
	}
	const kind, segments, of = 16, 64, 56 // e_type; the first program header, and the size of one
	for _, test := range []struct {
		want   string
		change func(file []byte)
	}{
		{"position-independent (-buildmode=pie)", func(file []byte) { file[kind] = byte(elf.ET_DYN) }},
		{"linked dynamically, as with cgo or -buildmode=pie", func(file []byte) {
			file[kind] = byte(elf.ET_DYN)
			file[segments+of] = byte(elf.PT_INTERP)
		}},
		{"the program is a script", func(file []byte) { copy(file, "#!/bin/sh\n") }},
	} {
		file := append([]byte(nil), program...)
		test.change(file)
		name := filepath.Join(t.TempDir(), "bootstrap")
		if err := os.WriteFile(name, file, 0o755); err != nil {
			t.Fatal(err)
		}
		if _, err := openCode(name); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("got %v, want %q", err, test.want)
		}
	}
}
