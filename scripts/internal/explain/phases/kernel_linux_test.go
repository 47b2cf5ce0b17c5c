package phases

import (
	"os"
	"reflect"
	"testing"

	"golang.org/x/sys/unix"
)

func TestParseStat(t *testing.T) {
	got, err := parseStat([]byte("77 (a) b (c) S 1 2 3 4 5 6 312 8 21 10 11\n"))
	if want := (usage{minor: 312, major: 21}); err != nil || got != want {
		t.Errorf("%+v, %v, want %+v", got, err, want)
	}
	for _, bad := range []string{"", ")", "77 (a) S 1 2 3 4 5 6 x 8 21", "77 (a) S 1 2 3 4 5 6 1 8"} {
		if u, err := parseStat([]byte(bad)); err == nil {
			t.Errorf("%q: %+v", bad, u)
		}
	}
	if n, ok := parseRead([]byte("rchar: 5\nread_bytes: 4096\nwrite_bytes: 0\n")); n != 4096 || !ok {
		t.Error(n, ok)
	}
	if n, ok := parseRead([]byte("rchar: 5\n")); ok {
		t.Error(n)
	}
}

// TestUsageOf has this process touch pages.
func TestUsageOf(t *testing.T) {
	before, err := usageOf(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	const pages = 300
	memory, err := unix.Mmap(-1, 0, pages*os.Getpagesize(), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Munmap(memory)
	unix.Madvise(memory, unix.MADV_NOHUGEPAGE) // where there are any
	for i := 0; i < len(memory); i += os.Getpagesize() {
		memory[i] = 1
	}
	after, err := usageOf(os.Getpid())
	if err != nil || after.minor-before.minor < pages {
		t.Errorf("%d page faults, want %d: %v", after.minor-before.minor, pages, err)
	}
}

func TestRegions(t *testing.T) {
	got := regions([]byte("00400000-0047b000 r-xp 00000000 08:01 42    /tmp/the shop/bootstrap\n" +
		"005a0000-005b0000 rw-p 00120000 08:01 42    /tmp/the shop/bootstrap\n" +
		"005b0000-005f0000 rw-p 00000000 00:00 0 \n" +
		"7ffc0000-7ffe0000 rw-p 00000000 00:00 0    [stack]\n" +
		"7fff-7ffe r-xp 00000000 08:01 42    /backwards\n" +
		"no address\n"))
	want := []region{{0x400000, 0x47b000, false}, {0x5a0000, 0x5b0000, true}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}
