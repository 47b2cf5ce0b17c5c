package app

import (
	"bytes"
	"encoding/binary"
	"maps"
	"slices"
)

// functionTable is the magic number of the table that Go 1.20 and later write into
// their executables (src/internal/abi/symtab.go, CurrentPCLnTabMagic).
const functionTable = 0xfffffff1

// tableBytes is how much of an executable's function table is about each function, in
// the table's order: its name, its record, and the tables that map its instructions
// to lines and stack sizes. One that several functions share counts for the first. It
// is nil for a table of another version.
//
// Source of the layout: src/runtime/symtab.go, pcHeader, and
// src/runtime/runtime2.go, _func.
func tableBytes(data []byte) []int64 {
	t := table(data)
	if t.u32(0) != functionTable || len(data) < 72 || data[7] != 8 {
		return nil
	}
	n, names, pcs, functions := t.word(0), t.word(3), t.word(6), t.word(7)
	if n > len(data)/8 {
		return nil
	}
	sizes := make([]int64, n)
	first := map[int]int{} // offset of a table → the function that uses it
	for i := range sizes {
		f := functions + t.u32(functions+8*i+4)
		values := t.u32(f + 28)
		pointers := 0
		if f+43 < len(data) {
			pointers = int(data[f+43])
		}
		if f+44+4*values > len(data) {
			return nil
		}
		sizes[i] = int64(8 + 44 + 4*values + 4*pointers)
		if name := names + t.u32(f+4); name < len(data) {
			sizes[i] += int64(bytes.IndexByte(data[name:], 0) + 1)
		}
		offsets := []int{t.u32(f + 16), t.u32(f + 20), t.u32(f + 24)}
		for k := range values {
			offsets = append(offsets, t.u32(f+44+4*k))
		}
		for _, at := range offsets {
			if _, shared := first[at]; !shared && at > 0 { // 0: there is none
				first[at] = i
			}
		}
	}
	sorted := slices.Sorted(maps.Keys(first))
	for k, at := range sorted {
		end := functions - pcs
		if k+1 < len(sorted) {
			end = sorted[k+1]
		}
		sizes[first[at]] += int64(max(0, end-at))
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
