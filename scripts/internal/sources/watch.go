package sources

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// stamp is the state of a file. The sum is of its content; the rest saves reading it.
type stamp struct {
	modified time.Time
	size     int64
	sum      [sha256.Size]byte
}

// Watch sees changes of a set of files.
type Watch struct {
	set  *Set
	seen map[string]stamp // what was reported, or was there at first

	// Every is the time between two looks. A change is reported when the look after
	// it sees no further one. It is longer where a look takes more than a fiftieth
	// of it.
	Every time.Duration
}

// NewWatch begins to watch. A build ran from began to ended: what is younger than its
// begin is reported as changed, and where a whole folder counts, in which builds write
// as well, what is younger than its end.
func NewWatch(set *Set, began, ended time.Time) *Watch {
	w := &Watch{set: set, Every: 200 * time.Millisecond}
	w.seen = w.know(nil, began, ended)
	return w
}

// Built says that a build has ended: what it has written itself, where a whole folder
// counts, is no change.
func (w *Watch) Built() {
	now := w.look(w.seen)
	for name := range w.seen {
		if _, ok := now[name]; !ok && w.set.inTree(name) {
			delete(w.seen, name)
		}
	}
	for name, s := range now {
		if w.set.inTree(name) {
			w.seen[name] = s
		}
	}
}

// Renew watches another set, after a build that began then and of whose end Built was
// told. What the sets share is compared with what was there before, and what the new
// one adds as by NewWatch.
func (w *Watch) Renew(set *Set, began time.Time) {
	treeKnown := w.set.tree == set.tree
	ended := time.Now()
	if treeKnown {
		ended = time.Time{} // what is new in the tree is new since Built
	}
	w.set = set
	before := w.seen
	w.seen = w.know(before, began, ended)
	for name, old := range before {
		_, ok := w.seen[name]
		if !ok && (set.counts(name) || treeKnown && set.inTree(name)) { // it is gone since
			w.seen[name] = old
		}
	}
}

// know is what is there now, but for files that before has in another state, and for
// those that are younger than the build.
func (w *Watch) know(before map[string]stamp, began, ended time.Time) map[string]stamp {
	now := w.look(before)
	for name, s := range now {
		since := began
		if w.set.inTree(name) {
			since = ended
		}
		if old, ok := before[name]; ok {
			now[name] = old
		} else if !s.modified.Before(since) {
			now[name] = stamp{}
		}
	}
	return now
}

// Wait returns the names of files whose content has changed, that are new or that
// are gone, once they stay as they are. The error is the context's.
func (w *Watch) Wait(ctx context.Context) ([]string, error) {
	last := w.seen
	for {
		began := time.Now()
		var changed []string
		if last, changed = w.step(last); changed != nil {
			return changed, nil
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(max(w.Every, 50*time.Since(began))):
		}
	}
}

// step looks once. What has changed is returned when it is as in the last look.
func (w *Watch) step(last map[string]stamp) (now map[string]stamp, changed []string) {
	now = w.look(last)
	if differ(last, now) != nil {
		return now, nil
	}
	if changed = differ(w.seen, now); changed != nil {
		w.seen = now
	}
	return now, changed
}

// differ lists the files that are not the same in both, by name.
func differ(a, b map[string]stamp) (names []string) {
	for name, s := range a {
		if other, ok := b[name]; !ok || other.sum != s.sum {
			names = append(names, name)
		}
	}
	for name := range b {
		if _, ok := a[name]; !ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// look is the state of the files now. Those that before has are read only where they
// seem to have been written since.
func (w *Watch) look(before map[string]stamp) map[string]stamp {
	now := map[string]stamp{}
	see := func(name string) {
		info, err := os.Stat(name)
		if err != nil || !info.Mode().IsRegular() || slices.ContainsFunc(w.set.except, func(o os.FileInfo) bool { return os.SameFile(info, o) }) {
			return
		}
		s := stamp{modified: info.ModTime(), size: info.Size()}
		if old, ok := before[name]; ok && old.modified.Equal(s.modified) && old.size == s.size {
			now[name] = old
			return
		}
		if s.sum, err = sumOf(name); err != nil {
			return // gone just now, which the next look sees
		}
		now[name] = s
	}
	for _, name := range w.set.files {
		see(name)
	}
	for _, dir := range slices.Sorted(maps.Keys(w.set.folders)) {
		entries, err := os.ReadDir(dir)
		if err != nil {
			continue
		}
		for _, e := range entries {
			if w.set.folders[dir].counts(e.Name()) {
				see(filepath.Join(dir, e.Name()))
			}
		}
	}
	if w.set.tree != "" {
		// What cannot be read does not count: nothing could be built from it.
		_ = walk(w.set.tree, func(name string, _ fs.DirEntry) error {
			see(name)
			return nil
		})
	}
	return now
}

// sumOf reads a file by pieces: where a whole folder counts, one of any size may be in it.
func sumOf(name string) (sum [sha256.Size]byte, err error) {
	f, err := os.Open(name)
	if err != nil {
		return sum, err
	}
	defer f.Close()
	h := sha256.New()
	_, err = io.Copy(h, f)
	return [sha256.Size]byte(h.Sum(nil)), err
}

// walk visits the files of a tree but for those in hidden folders and in folders that
// tools write.
func walk(top string, visit func(name string, d fs.DirEntry) error) error {
	return filepath.WalkDir(top, func(name string, d fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission):
			return nil
		case err != nil:
			return err
		case d.IsDir() && name != top && (strings.HasPrefix(d.Name(), ".") || slices.Contains(written, d.Name())):
			return fs.SkipDir
		case d.IsDir():
			return nil
		}
		return visit(name, d)
	})
}
