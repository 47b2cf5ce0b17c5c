package pages

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// log is the beginning of a log as QEMU 7.2 writes it, of two threads.
const log = `4068 sched_getaffinity(0,8192,365080604008,0,365080612686,0) = 32
----------------
IN: 
0x00010ffc:  17fff558  b        #0x965a0

----------------
IN: runtime.main
0x000965a0:  f94003e0  ldr      x0, [sp]
0x000965a4:  910023e1  add      x1, sp, #8
0x000965a0:  f94003e0  ldr      x0, [sp]
0x7fff00001000:  d65f03c0  ret
4068 write(7,0x9d424d60,8) = 1
4070 nanosleep(71256144789224,0,0,0,1000,20000)4068 write(8,0x9d3d3000,20)----------------
IN: 
0x00097000:  d503201f  nop
 = 20
4068 openat(AT_FDCWD,"/tmp/x",O_RDONLY) = 4068 sendto(8,0x9d3d3000,134,0,0,0)
----------------
IN: 
0x00098000:  d503201f  nop
4068 write(88,0x9d3d3000,134) = 4
`

func in(address uint64) bool { return address < 1<<20 }

// show writes executed pages and instructions.
func show(e executed) string {
	var b strings.Builder
	for _, page := range slices.Sorted(maps.Keys(e)) {
		for address := range e[page].addresses(page) {
			fmt.Fprintf(&b, " %x", address)
		}
	}
	return strings.TrimSpace(b.String())
}

func TestReadLog(t *testing.T) {
	for _, tc := range []struct {
		name, log  string
		descriptor int
		want       string
		err        error
	}{
		{"until the last call", log, 8, "10ffc 965a0 965a4 97000", nil},
		{"of another descriptor", log, 7, "10ffc 965a0 965a4", nil},
		{"of none", log, 9, "", errNotSent},
		{"no instruction before it", "1 write(8,1)\n0x00001000:  nop\n", 8, "", errNoCode},
		{"nothing", "", 8, "", errNotSent},
		{"a call after a long line", "0x00001000:  nop\n" + strings.Repeat("x", 10000) + "4068 writev(8,", 8, "1000", nil},
		{"an address in a long line", "0x00001000:  nop\n" + strings.Repeat("x", 4096) + "0x00002000:  nop\n1 sendmsg(8,1)", 8, "1000", nil},
		{"no address", "0x:\n0x1\n0xfffffffffffffffff:\n0xg:\n0x1000:\n1 write(8,", 8, "1000", nil},
		{"no call of a process", "0x1000:\n1 pwrite(8,\nwrite(8,\n1 write(8)\n", 8, "", errNotSent},
	} {
		got, err := readLog(strings.NewReader(tc.log), tc.descriptor, in)
		if show(got) != tc.want || !errors.Is(err, tc.err) {
			t.Errorf("%s: %s (%v), want %s (%v)", tc.name, show(got), err, tc.want, tc.err)
		}
	}
}

func FuzzReadLog(f *testing.F) {
	f.Add(log, 8)
	f.Add("0x00001000:  nop\n1 write(0,", 0)
	f.Add("0x00000fff:  nop\n0x00001000:  nop\n1 write(-1,", -1)
	f.Fuzz(func(t *testing.T, text string, descriptor int) {
		got, err := readLog(strings.NewReader(text), descriptor, in)
		if (got == nil) != (err != nil) {
			t.Fatalf("%v, %v", got, err)
		}
		for page, at := range got {
			n := 0
			for address := range at.addresses(page) {
				n++
				if address/pageSize != page || !in(address) {
					t.Errorf("%x is in page %x", address, page)
				}
			}
			if n == 0 {
				t.Errorf("page %x without an instruction", page)
			}
		}
		// What comes after the call does not count.
		if more, err := readLog(strings.NewReader(text+"\n0x00001234:  nop\n"), descriptor, in); err == nil && show(more) != show(got) {
			t.Errorf("with more after it: %s, want %s", show(more), show(got))
		}
	})
}
