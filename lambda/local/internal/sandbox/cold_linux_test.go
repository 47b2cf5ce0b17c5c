package sandbox

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/coldcrank/coldcrank/lambda/local/internal/pagecache"
	"github.com/coldcrank/coldcrank/lambda/local/internal/rootfs"
)

// cold makes a function start from the disk, or skips the test where files
// cannot be evicted; in CI they must be.
func cold(t *testing.T, tally *pagecache.Tally) func(*Spec) {
	t.Helper()
	give := t.Skip
	if os.Getenv("CI") != "" {
		give = t.Fatal
	}
	temp := t.TempDir()
	if err := pagecache.Evictable(temp); err != nil {
		give(err)
	}
	opt := t.TempDir()
	if err := os.WriteFile(filepath.Join(opt, "data"), []byte("of the layer"), 0o444); err != nil {
		t.Fatal(err)
	}
	return func(s *Spec) {
		s.Cold, s.TempDir = tally, temp
		if s.Isolated = rootfs.Permitted() == nil; s.Isolated {
			s.TmpMB, s.Opt = 1, opt
		}
	}
}

// Every start is from files that are not in memory: also of an environment
// whose process has ended, and while another runs the same function.
func TestColdStarts(t *testing.T) {
	var tally pagecache.Tally
	from := cold(t, &tally)
	one, two := newFixture(t, "files", from), newFixture(t, "files", from)
	want(t, "one", one.do(t, "read", "/dev/null", 0), "")
	two.do(t, "where", "", 0)
	process := one.process
	one.invoke(t, `{"do":"exit"}`)
	<-process.exited
	one.do(t, "where", "", 0)
	if one.spec.Isolated {
		want(t, "layer", one.do(t, "read", "/opt/data", 0), "of the layer")
	}
	if starts, partial := tally.Counts(); starts != 3 || partial != 0 {
		t.Errorf("%d starts, %d of them with pages in memory, want 3, 0", starts, partial)
	}
	for _, f := range []*fixture{one, two} {
		copies := f.copies
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(copies); !os.IsNotExist(err) {
			t.Errorf("the environment's copies are left: %v", err)
		}
	}
}

// No files are written while another environment initializes from the disk.
func TestOnlyOneUseOfTheDisk(t *testing.T) {
	var tally pagecache.Tally
	gate := NewGate(2, nil)
	from := cold(t, &tally)
	shared := func(s *Spec) {
		from(s)
		s.Gate = gate
	}
	one, two, three := newFixture(t, "files", shared), newFixture(t, "files", shared), newFixture(t, "files", shared)
	if err := errors.Join(one.makeFiles(), two.makeFiles()); err != nil {
		t.Fatal(err)
	}
	initialized, err := one.chill()
	if err != nil {
		t.Fatal(err)
	}
	prepared := make(chan error)
	go func() {
		initialized, err := two.chill()
		if err == nil {
			initialized()
		}
		prepared <- err
	}()
	select {
	case err := <-prepared:
		t.Errorf("prepared while another initializes: %v", err)
	case <-time.After(20 * time.Millisecond): // of what must never be
		initialized()
		if err := <-prepared; err != nil {
			t.Error(err)
		}
	}
	want(t, "another", three.do(t, "read", "/dev/null", 0), "")
	if starts, partial := tally.Counts(); starts != 3 || partial != 0 {
		t.Errorf("%d starts, %d of them with pages in memory, want 3, 0", starts, partial)
	}
}

// A program that is open for writing yet is started when it no longer is.
func TestBusyProgram(t *testing.T) {
	busy := func() (*fixture, *os.File) {
		root := t.TempDir()
		file, err := os.OpenFile(filepath.Join(root, "bootstrap"), os.O_WRONLY|os.O_CREATE, 0o755)
		if err == nil {
			_, err = fmt.Fprintf(file, "#!/bin/sh\nexec %s\n", filepath.Join(programs, "files", "bootstrap"))
		}
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { file.Close() })
		return newFixture(t, "", func(s *Spec) { s.TaskRoot = root }), file
	}
	f, file := busy()
	time.AfterFunc(20*time.Millisecond, func() { file.Close() })
	want(t, "answer", f.do(t, "read", "/dev/null", 0), "")
	f, _ = busy()
	if out, err := f.Invoke(t.Context(), Request{ID: "x"}); !errors.Is(err, syscall.ETXTBSY) {
		t.Errorf("got %+v, %v, want %v", out, err, syscall.ETXTBSY)
	}
}
