package functable

import (
	"bytes"
	"encoding/binary"
	"maps"
	"math"
	"slices"
)

// magic is the number at the beginning of the table that Go 1.20 and later write into
// their executables (src/internal/abi/symtab.go, CurrentPCLnTabMagic).
const magic = 0xfffffff1

// plausible reports whether a table may be taken apart: package gosym makes room for
// as many functions as the header says, and for the name of each; those of a damaged
// table may overlap. Lambda's processors are little-endian.
func plausible(data []byte) bool {
	t := table(data)
	const bigEndian = 0xff // the first byte of a magic number then
	if len(t) < 72 || t[0] == bigEndian || t.u32(8) > len(t)/8 {
		return false
	}
	if t.u32(0) != magic || t[7] != 8 {
		return true
	}
	names, functions := t.word(3), t.word(7)
	left := len(t)
	for i := range t.u32(8) {
		at := min(names+t.u32(functions+t.u32(functions+8*i+4)+4), len(t))
		n := bytes.IndexByte(t[at:], 0)
		if left -= n; n < 0 || left < 0 {
			return false
		}
	}
	return true
}

// tableBytes is how much of an executable's function table is about each function, in
// the table's order: its name, its record, and the tables that map its instructions
// to lines and stack sizes. One that several functions share counts for the first. It
// is nil for a table of another version. funcdata are the offsets of what each function
// has in go:func.*.
//
// Source of the layout: src/runtime/symtab.go, pcHeader, and
// src/runtime/runtime2.go, _func.
func tableBytes(data []byte) (sizes []int64, funcdata [][]int) {
	t := table(data)
	if t.u32(0) != magic || len(data) < 72 || data[7] != 8 {
		return nil, nil
	}
	n, names, pcs, functions := t.word(0), t.word(3), t.word(6), t.word(7)
	if n > len(data)/8 {
		return nil, nil
	}
	left := len(data) // records do not overlap
	sizes = make([]int64, n)
	funcdata = make([][]int, n)
	offsets := make([][]int, n)
	for i := range sizes {
		f := functions + t.u32(functions+8*i+4)
		values := t.u32(f + 28)
		pointers := 0
		if f+43 < len(data) {
			pointers = int(data[f+43])
		}
		if left -= 44 + 4*values + 4*pointers; left < 0 || f+44+4*values > len(data) {
			return nil, nil
		}
		sizes[i] = int64(8 + 44 + 4*values + 4*pointers)
		if name := names + t.u32(f+4); name < len(data) {
			sizes[i] += int64(bytes.IndexByte(data[name:], 0) + 1)
		}
		offsets[i] = []int{t.u32(f + 16), t.u32(f + 20), t.u32(f + 24)}
		for k := range values {
			offsets[i] = append(offsets[i], t.u32(f+44+4*k))
		}
		offsets[i] = slices.DeleteFunc(offsets[i], func(at int) bool { return at <= 0 }) // 0: there is none
		for k := range pointers {
			if at := t.u32(f + 44 + 4*values + 4*k); at != math.MaxUint32 { // the largest: there is none
				funcdata[i] = append(funcdata[i], at)
			}
		}
	}
	for i, shared := range share(offsets, functions-pcs) {
		sizes[i] += shared
	}
	return sizes, funcdata
}

// share says how much of an area of that length begins at each one's offsets and at
// nobody's before. An offset ends where the next one begins.
func share(offsets [][]int, length int) []int64 {
	first := map[int]int{} // offset → who has it
	for i, own := range offsets {
		for _, at := range own {
			if _, taken := first[at]; !taken && at < length {
				first[at] = i
			}
		}
	}
	sizes := make([]int64, len(offsets))
	sorted := slices.Sorted(maps.Keys(first))
	for k, at := range sorted {
		end := length
		if k+1 < len(sorted) {
			end = sorted[k+1]
		}
		sizes[first[at]] += int64(end - at)
	}
	return sizes
}

// table reads little-endian numbers; 0 beyond its end.
type table []byte

func (t table) u32(at int) int {
	if at < 0 || at > len(t)-4 {
		return 0
	}
	return int(binary.LittleEndian.Uint32(t[at:]))
}

// word is a word of the header.
func (t table) word(i int) int {
	if v := binary.LittleEndian.Uint64(t[8+8*i:]); v < uint64(len(t)) {
		return int(v)
	}
	return len(t)
}
