package local

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"github.com/coldcrank/coldcrank/lambda/local/internal/tree"
)

// folder is where an executor keeps the code that it runs and the temporary
// files of its environments. A process that is killed leaves its folder behind:
// the next executor removes every folder whose lock nobody holds any more.
type folder struct {
	dir  string
	lock *os.File
}

const (
	folderPrefix = "coldcrank-local-"
	lockName     = "lock"
)

// newFolder removes what dead executors left and makes a folder.
func newFolder() (_ *folder, err error) {
	if err := sweep(); err != nil {
		return nil, fmt.Errorf("remove what an earlier executor left: %w", err)
	}
	f := new(folder)
	if f.dir, err = os.MkdirTemp("", folderPrefix); err != nil {
		return nil, err
	}
	// The lock gets its name once it is held: a folder without one is being
	// made, and is nobody's to remove.
	temporary := filepath.Join(f.dir, lockName+".new")
	f.lock, err = os.OpenFile(temporary, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err == nil {
		err = syscall.Flock(int(f.lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	}
	if err == nil {
		err = os.Rename(temporary, filepath.Join(f.dir, lockName))
	}
	if err != nil {
		return nil, errors.Join(err, f.remove())
	}
	return f, nil
}

// remove removes the folder with all that is in it.
func (f *folder) remove() error {
	err := tree.Remove(f.dir)
	if f.lock != nil {
		err = errors.Join(err, f.lock.Close())
	}
	return err
}

// sweep removes the folders of executors that are no longer there. Those of other
// users are theirs, also where root looks: whoever has a folder may put links into it
// while it is removed.
func sweep() error {
	locks, err := filepath.Glob(filepath.Join(os.TempDir(), folderPrefix+"*", lockName))
	if err != nil {
		return err
	}
	for _, name := range locks {
		if !ours(filepath.Dir(name)) {
			continue
		}
		lock, err := os.OpenFile(name, os.O_RDWR, 0)
		if err != nil {
			continue // just removed by its owner
		}
		if syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
			err = tree.Remove(filepath.Dir(name))
		}
		if err = errors.Join(err, lock.Close()); err != nil {
			return err
		}
	}
	return nil
}

// ours reports whether a folder is this user's, and no link.
func ours(dir string) bool {
	info, err := os.Lstat(dir)
	if err != nil || !info.IsDir() {
		return false
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == os.Geteuid()
}
