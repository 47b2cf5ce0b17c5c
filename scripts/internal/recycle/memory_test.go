package recycle

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
)

// Each version has the memory size that is asked for, in the order in which they are
// asked for, and at the end the size is what it was.
func TestRecycleAt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, j := newPlane(t), newJournal(t)
		before := p.state()
		r := begin(t, p, j)
		for i, mb := range []int{128, 1769, 0, 512, 128} {
			version, err := r.RecycleAt(t.Context(), mb)
			if err != nil {
				t.Fatal(err)
			}
			want := []int{128, 1769, 512, 512, 128}[i]
			n, err := strconv.Atoi(version)
			if err != nil {
				t.Fatal(err)
			}
			if got := p.versions[n].memory; got != want || p.latest.memory != want {
				t.Errorf("asked for %d MB: version %s has %d, $LATEST %d, want %d", mb, version, got, p.latest.memory, want)
			}
		}
		if got := onDisk(t, j).Entries[0]; got.Before.MemoryMB != 512 || !slices.Equal(got.MemoryMB, []int{128, 1769}) {
			t.Errorf("journal: %d MB before, and %v", got.Before.MemoryMB, got.MemoryMB)
		}
		if err := r.Restore(t.Context()); err != nil || p.state() != before || exists(t, j) {
			t.Errorf("%v; left:\n%s\nwant:\n%s", err, p.state(), before)
		}
		var sizes int
		for _, c := range p.changes() {
			if strings.HasSuffix(c, " MB") {
				sizes++
			}
		}
		if sizes != 5 { // to 128, 1769, 512, 128 and back
			t.Errorf("the memory size was sent %d times in %q", sizes, p.changes())
		}
	})
}

// Somebody else's memory size stays, and ends the run.
func TestMemoryIsTheirs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, j := newPlane(t), newJournal(t)
		r := begin(t, p, j)
		if _, err := r.RecycleAt(t.Context(), 128); err != nil {
			t.Fatal(err)
		}
		p.latest.memory, p.latest.revision = 3008, p.revision()
		if _, err := r.RecycleAt(t.Context(), 1769); !errors.Is(err, ErrChanged) {
			t.Errorf("got %v, want ErrChanged", err)
		}
		if err := r.Restore(t.Context()); err != nil || p.latest.memory != 3008 || p.latest.description != "orders" {
			t.Errorf("%v; left with %d MB, %q", err, p.latest.memory, p.latest.description)
		}
	})
}

// What a killed run has left of the dial is put back by its journal. Where somebody has
// put the description back by hand, the size that the run has left is told, and stays.
func TestMemoryOfKilledRun(t *testing.T) {
	for _, byHand := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			p, j := newPlane(t), newJournal(t)
			before := p.state()
			if _, err := begin(t, p, j).RecycleAt(t.Context(), 128); err != nil {
				t.Fatal(err)
			}
			want := []string(nil)
			if byHand {
				p.latest.description, p.latest.revision = "orders", p.revision()
				before = strings.Replace(before, "512 MB", "128 MB", 1)
				want = []string{"its memory size is 128 MB, which the run has set or somebody else; it was 512 MB"}
			}
			if err := j.Close(); err != nil { // as the system does for a process that ends
				t.Fatal(err)
			}
			report, err := openOne(t, j).Restore(t.Context(), p.target())
			if err != nil || p.state() != before || !slices.Equal(report.Theirs, want) || exists(t, j) {
				t.Errorf("by hand %v: %v, theirs %q; left:\n%s\nwant:\n%s", byHand, err, report.Theirs, p.state(), before)
			}
		})
	}
}
