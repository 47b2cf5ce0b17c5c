package functable

import (
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
)

// TestCgo reads a program in which code of C stands before Go's: functions are where its
// symbols say.
func TestCgo(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("it takes a C compiler for Linux")
	}
	if _, err := exec.LookPath("gcc"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":  "module example.com/cgo\n\ngo 1.26\n",
		"main.go": "package main\n\n// int twice(int x) { return 2*x; }\nimport \"C\"\n\nfunc main() { println(C.twice(21)) }\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("go", "build", "-o", "bootstrap")
	cmd.Dir = dir
	cmd.Env = append(cmd.Environ(), "CGO_ENABLED=1", "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	f, err := elf.Open(filepath.Join(dir, "bootstrap"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	symbols, err := f.Symbols()
	if err != nil {
		t.Fatal(err)
	}
	at := map[string]uint64{}
	for _, s := range symbols {
		at[s.Name] = s.Value
	}
	if at["runtime.text"] == f.Section(".text").Addr {
		t.Fatal("nothing of C stands before Go's code: the test shows nothing")
	}
	functions, err := Read(f)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, one := range functions {
		switch one.Name {
		case "runtime.main", "runtime.gcenable", "main.main":
			found++
			if one.Entry != at[one.Name] {
				t.Errorf("%s at %#x, want %#x", one.Name, one.Entry, at[one.Name])
			}
		}
	}
	if found != 3 {
		t.Errorf("found %d of 3 functions", found)
	}
}
