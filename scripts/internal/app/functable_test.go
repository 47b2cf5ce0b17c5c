package app

import (
	"debug/elf"
	"encoding/binary"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

// TestTableBytes takes the function table of an executable apart: most of it belongs to
// functions, and none of it to two. What is damaged is no reason to panic.
func TestTableBytes(t *testing.T) {
	file := filepath.Join(t.TempDir(), "bootstrap")
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", file, "github.com/coldcrank/coldcrank/lambda/health")
	cmd.Env = append(cmd.Environ(), "GOOS=linux", "GOARCH=arm64", "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	f, err := elf.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	data, err := f.Section(".gopclntab").Data()
	if err != nil {
		t.Fatal(err)
	}
	functions, sizes, err := readFunctions(file)
	if err != nil || len(functions) != len(sizes) {
		t.Fatalf("%d functions, %d sizes, %v", len(functions), len(sizes), err)
	}
	var sum int64
	for i, n := range sizes {
		if n < 52+int64(len(functions[i].Name)) {
			t.Fatalf("%s: %d bytes, fewer than its record and name", functions[i].Name, n)
		}
		sum += n
	}
	if share := float64(sum) / float64(len(data)); share < 0.6 || share > 1 {
		t.Errorf("functions have %.2f of the table", share)
	}
	other := slices.Clone(data)
	binary.LittleEndian.PutUint32(other, 0xfffffff0)
	for n := range 80 {
		tableBytes(data[:n])
	}
	if got := tableBytes(other); got != nil {
		t.Errorf("another version: %d sizes, want none", len(got))
	}
	r := rand.New(rand.NewPCG(1, 2))
	small := slices.Clone(data[:1<<12])
	for range 2000 {
		damaged := slices.Clone(small)
		for range 3 {
			damaged[8+r.IntN(len(damaged)-8)] = byte(r.UintN(256))
		}
		binary.LittleEndian.PutUint64(damaged[8:], uint64(r.IntN(600)))
		for word := 3; word < 8; word++ {
			binary.LittleEndian.PutUint64(damaged[8+8*word:], uint64(r.IntN(1<<13)))
		}
		for _, n := range tableBytes(damaged) {
			if n < 0 {
				t.Fatalf("a size of %d", n)
			}
		}
	}
}
