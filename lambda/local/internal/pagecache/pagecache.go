// Package pagecache takes files out of the page cache, so that a program starts
// from the disk, and looks whether they are out.
//
// It is about the files' content. What the kernel keeps of names, folders and
// sizes stays, and so do the machine's own libraries.
package pagecache

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// Pages are those of some files: all, and those in memory.
type Pages struct{ All, Resident int }

// tries of eviction: a page that another processor has only just put into the
// cache may be missed by the first.
const tries = 3

// Evict takes the files in a folder out of the page cache and counts what is
// left there. Pages that are not on the disk yet stay, as do those that a
// program has mapped.
func Evict(dir string) (Pages, error) {
	var sum Pages
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		p, err := evictFile(name)
		sum.All += p.All
		sum.Resident += p.Resident
		return err
	})
	if err != nil {
		return sum, fmt.Errorf("evict from the page cache: %w", err)
	}
	return sum, nil
}

func evictFile(name string) (p Pages, err error) {
	f, err := os.Open(name)
	if err != nil {
		return p, err
	}
	defer f.Close()
	for range tries {
		if err := evict(f); err != nil {
			return p, &fs.PathError{Op: "fadvise", Path: name, Err: err}
		}
		if p, err = resident(f); err != nil {
			return p, &fs.PathError{Op: "mincore", Path: name, Err: err}
		}
		if p.Resident == 0 {
			break
		}
	}
	return p, nil
}

// Evictable says why files in a folder cannot be taken out of the page cache;
// nil where they can. It tries with one.
func Evictable(dir string) (err error) {
	f, err := os.CreateTemp(dir, "pages-")
	if err != nil {
		return err
	}
	defer func() {
		f.Close() // nobody reads what was written
		if removed := os.Remove(f.Name()); err == nil {
			err = removed
		}
	}()
	const size = 1 << 20
	if _, err := f.Write(make([]byte, size)); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	before, err := resident(f)
	if err != nil {
		return fmt.Errorf("look into the page cache: %w", err)
	}
	if before.Resident == 0 {
		return fmt.Errorf("the file system of %s has no page cache to look into", dir)
	}
	after, err := evictFile(f.Name())
	if err == nil && after.Resident > 0 {
		err = fmt.Errorf("files in %s stay in memory, as on a tmpfs", dir)
	}
	return err
}

// Tally counts starts whose files were to be evicted. The zero value is ready,
// and its methods may be called from several goroutines.
type Tally struct {
	mu      sync.Mutex
	starts  int
	partial int
}

// Add counts a start.
func (t *Tally) Add(p Pages) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.starts++
	if p.Resident > 0 {
		t.partial++
	}
}

// Counts are the starts, and those of which some pages were still in memory.
func (t *Tally) Counts() (starts, partial int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.starts, t.partial
}
