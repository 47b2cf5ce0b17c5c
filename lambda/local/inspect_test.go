package local_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/coldcrank/coldcrank/lambda/local"
)

// TestInspect starts an assembly whose target is built for a machine that Lambda does not
// have: refused, unless it is only looked into.
func TestInspect(t *testing.T) {
	dir, remove, err := testAssembly()
	check(t, err)
	defer remove()
	elf := make([]byte, 64) // the header of an executable for Linux on IBM's z
	copy(elf, "\x7fELF\x02\x02\x01")
	elf[19] = 22
	if err := os.WriteFile(filepath.Join(dir, "asset.hello", "bootstrap"), elf, 0o755); err != nil {
		t.Fatal(err)
	}
	const want = "cannot run on"
	if x, err := local.Start(t.Context(), dir, local.Options{}); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, %v", x, err)
	}
	x, err := local.Start(t.Context(), dir, local.Options{Inspect: true})
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	if p, err := x.Program("hello", "127.0.0.1:1", ""); err != nil || p.Foreign == nil || !strings.Contains(p.Foreign.Error(), want) {
		t.Errorf("got %+v, %v", p, err)
	}

	if err := os.Remove(filepath.Join(dir, "asset.hello", "bootstrap")); err != nil {
		t.Fatal(err)
	}
	if err := x.Reload(dir); err != nil {
		t.Fatal(err)
	}
	if p, err := x.Program("hello", "127.0.0.1:1", ""); err == nil || !strings.Contains(err.Error(), "the code has no bootstrap") {
		t.Errorf("got %+v, %v", p, err)
	}
}
