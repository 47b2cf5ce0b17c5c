package functable

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
	functions, err := Read(f)
	if err != nil || len(functions) < 1000 {
		t.Fatalf("%d functions, %v", len(functions), err)
	}
	var code, tables, funcdata int64
	for i, f := range functions {
		if f.TableBytes < 52+int64(len(f.Name)) {
			t.Fatalf("%s: %d bytes, fewer than its record and name", f.Name, f.TableBytes)
		}
		if i > 0 && f.Entry < functions[i-1].End {
			t.Fatalf("%s begins before %s ends", f.Name, functions[i-1].Name)
		}
		code, tables, funcdata = code+f.CodeBytes(), tables+f.TableBytes, funcdata+f.FuncdataBytes
	}
	if share := float64(code) / float64(f.Section(".text").Size); share < 0.99 || share > 1 {
		t.Errorf("functions have %.3f of the code", share)
	}
	if share := float64(tables+funcdata) / float64(len(data)); share < 0.8 || share > 1 {
		t.Errorf("functions have %.3f of the table", share)
	}
	if share := float64(funcdata) / float64(funcdataLength(f)); share < 0.95 || share > 1 {
		t.Errorf("functions have %.3f of the funcdata", share)
	}
	if !slices.ContainsFunc(functions, func(f Func) bool { return f.Package == "crypto/internal/entropy/v1.0.0" }) {
		t.Error("no function of a package with dots in its last element")
	}
	other := slices.Clone(data)
	binary.LittleEndian.PutUint32(other, 0xfffffff0)
	for n := range 80 {
		tableBytes(data[:n])
	}
	if got, _ := tableBytes(other); got != nil {
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
		sizes, funcdata := tableBytes(damaged)
		for _, n := range append(sizes, share(funcdata, len(damaged))...) {
			if n < 0 {
				t.Fatalf("a size of %d", n)
			}
		}
	}
}

func FuzzTable(f *testing.F) {
	seed := make([]byte, 200)
	binary.LittleEndian.PutUint32(seed, magic)
	seed[6], seed[7], seed[8] = 1, 8, 2
	for word, at := range map[int]byte{3: 72, 6: 80, 7: 96} {
		seed[8+8*word] = at
	}
	seed[100], seed[108] = 20, 70
	f.Add(seed, 100)
	f.Fuzz(func(t *testing.T, data []byte, length int) {
		sizes, funcdata := tableBytes(data)
		var sum int64
		for _, n := range sizes {
			if n < 0 {
				t.Errorf("a size of %d", n)
			}
		}
		for _, n := range share(funcdata, length) {
			sum += n
		}
		if sum > int64(max(length, 0)) {
			t.Errorf("shares of %d in %d", sum, length)
		}
	})
}
