package recycle

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// The targets of a run are put back at the same time, and the journal of each
// belongs to one file.
func TestDoneAtTheSameTime(t *testing.T) {
	for range 50 {
		j := newJournal(t)
		var entries []*entry
		for n := range 6 {
			e := &entry{Target: fmt.Sprintf("Shop/T%d", n), Region: "eu-west-1", Function: "f", Alias: "bench", Before: state{AliasVersion: "1"}}
			if err := j.add(e); err != nil {
				t.Fatal(err)
			}
			entries = append(entries, e)
		}
		var all sync.WaitGroup
		for _, e := range entries {
			all.Go(func() {
				if err := j.done(e); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if exists(t, j) {
			t.Fatalf("the journal is still there, with %d targets", len(j.data.Entries))
		}
	}
}

// The base of a comparison is named by its git ref, which may have slashes.
func TestTargetsOfRefs(t *testing.T) {
	for name, ok := range map[string]bool{
		"Shop/Orders": true, "Shop/Orders@main": true, "Shop/Orders@origin/feature/x": true, "Shop/Orders@v1@x": true,
		"Shop": false, "Shop/Orders/x": false, "Shop/@main": false, "Shop/Orders@": false, "Shop/Orders@a\nb": false,
	} {
		e := entry{Target: name, Region: "eu-west-1", Function: "f", Alias: "bench", Before: state{AliasVersion: "1"}}
		if err := e.check(); (err == nil) != ok {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestFailedChangeLeavesNoFile(t *testing.T) {
	j := newJournal(t)
	// Where the journal's name is taken by a folder it cannot be renamed to it.
	if err := os.MkdirAll(filepath.Join(j.File(), "taken"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := j.add(&entry{Target: "Shop/Orders", Region: "eu-west-1", Function: "f", Alias: "bench", Before: state{AliasVersion: "1"}}); err == nil {
		t.Fatal("no error")
	}
	if files, _ := filepath.Glob(j.File() + ".*"); files != nil {
		t.Errorf("left: %q", files)
	}
}
