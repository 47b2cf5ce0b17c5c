package phases

import (
	"debug/elf"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"
)

func TestAfterCall(t *testing.T) {
	const from = 0x401000
	amd64 := make([]byte, 64)
	amd64[7] = 0xe8 // a byte of another instruction
	amd64[20] = 0xe8
	distance := int32(-0x1019)
	binary.LittleEndian.PutUint32(amd64[21:], uint32(distance)) // 0x401019 - 0x1019 = 0x400000
	arm64 := make([]byte, 64)
	binary.LittleEndian.PutUint32(arm64[8:], 0b000101<<26|5)                 // b, which does not come back
	binary.LittleEndian.PutUint32(arm64[24:], 0b100101<<26|(1<<26-0x1018/4)) // bl: 0x401018 - 0x1018
	for _, tc := range []struct {
		name    string
		machine elf.Machine
		code    []byte
		to      uint64
		want    uint64
	}{
		{"amd64", elf.EM_X86_64, amd64, 0x400000, from + 25},
		{"amd64, to nowhere", elf.EM_X86_64, amd64, 0x500000, 0},
		{"amd64, cut", elf.EM_X86_64, amd64[:24], 0x400000, 0},
		{"arm64", elf.EM_AARCH64, arm64, 0x400000, from + 28},
		{"arm64, a jump", elf.EM_AARCH64, arm64, from + 8 + 20, 0},
		{"another machine", elf.EM_RISCV, arm64, 0x400000, 0},
	} {
		got, ok := afterCall(tc.machine, tc.code, from, tc.to)
		if got != tc.want || ok != (tc.want != 0) {
			t.Errorf("%s: %#x, %t, want %#x", tc.name, got, ok, tc.want)
		}
	}
}

// TestFindPlacesArm64 looks into what a deployment ships.
func TestFindPlacesArm64(t *testing.T) {
	name := build(t, "./testdata/program", "linux", "arm64")
	p, whole, err := findPlaces(name)
	if err != nil || whole != "" || p.inits == 0 || p.main == 0 || p.entry == 0 || p.inits%4 != 0 {
		t.Errorf("%+v, %q, %v", p, whole, err)
	}
}

func TestFindPlacesOther(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{"script": "#!/bin/sh\n", "empty": ""} {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(content), 0o755); err != nil {
			t.Fatal(err)
		}
		if p, whole, err := findPlaces(file); p != nil || whole != "it is a script" || err != nil {
			t.Errorf("%s: %v, %q, %v", name, p, whole, err)
		}
	}
	cut := filepath.Join(dir, "cut")
	if err := os.WriteFile(cut, []byte("\x7fELF\x02\x01\x01"), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, _, err := findPlaces(cut); err == nil {
		t.Error("half an executable")
	}
}
