package limits

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// tree is an executor's own group in a hierarchy, with a group below it for
// each process. The executor holds a lock on its folder: the kernel lets go of
// it when the executor dies, however it does, and whoever gets the lock of
// another's tree knows that it is nobody's any more. (A process id alone would
// not tell: it may belong to somebody else by then, or to another container.)
type tree struct {
	dir  string
	lock *os.File
	n    atomic.Int64
}

// weight is that of a tree's CPU time against each single process outside of
// it, so that the others of a busy machine do not keep environments from their
// quota: what all of them together may have is limited by the quotas. share is
// the weight of one among the others of the tree.
const weight = 64

func share(memoryMB int) int { return max(1, int(VCPUs(memoryMB)+0.5)) }

const treePrefix = "coldcrank-" // and the executor's process id, for people

// newTree removes what dead executors left in the folder of a group, and makes
// a tree in there.
func newTree(parent string) (*tree, error) {
	sweep(parent)
	for {
		dir, err := os.MkdirTemp(parent, treePrefix+strconv.Itoa(os.Getpid())+"-")
		if err != nil {
			return nil, err
		}
		t := &tree{dir: dir}
		if t.lock, err = lockDir(dir, 0); err == nil {
			var named, held unix.Stat_t
			if unix.Stat(dir, &named) == nil && unix.Fstat(int(t.lock.Fd()), &held) == nil && named.Ino == held.Ino {
				return t, nil
			}
			t.lock.Close()
			continue // another took it for a dead one's, before it was locked
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return nil, errors.Join(err, os.Remove(dir))
		}
	}
}

// lockDir opens and locks a folder; how is unix.LOCK_NB or 0.
func lockDir(dir string, how int) (*os.File, error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|how); err != nil {
		f.Close()
		return nil, fmt.Errorf("lock %s: %w", dir, err)
	}
	return f, nil
}

// sweep removes the trees of executors that are no longer there, with the
// processes that their functions left. What it may not open is another user's. What
// it cannot remove stays, for the next one to try: it is in nobody's way.
func sweep(parent string) {
	dirs, _ := filepath.Glob(filepath.Join(parent, treePrefix+"*")) // the pattern is right
	for _, dir := range dirs {
		lock, err := lockDir(dir, unix.LOCK_NB)
		if err != nil {
			continue
		}
		t := &tree{dir: dir, lock: lock}
		groups, _ := filepath.Glob(filepath.Join(dir, "env-*"))
		for _, g := range groups {
			_ = removeGroup(g)
		}
		_ = t.remove()
	}
}

// group makes the group of one process.
func (t *tree) group() (string, error) {
	dir := filepath.Join(t.dir, "env-"+strconv.FormatInt(t.n.Add(1), 10))
	return dir, os.Mkdir(dir, 0o755)
}

// remove removes the tree, whose groups are gone.
func (t *tree) remove() error {
	err := ignore(os.Remove(t.dir), fs.ErrNotExist)
	return errors.Join(err, t.lock.Close())
}

// removeGroup kills what is in a group and removes it, with the groups that were
// made in it.
func removeGroup(dir string) error {
	// A process that was killed stays in the group until it has ended.
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(time.Millisecond) {
		err := ignore(unix.Rmdir(dir), unix.ENOENT)
		if !errors.Is(err, unix.EBUSY) {
			return err
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("remove the control group %s: its processes do not end: %w", dir, err)
		}
		err = killGroup(dir)
		inner, _ := filepath.Glob(filepath.Join(dir, "*", "cgroup.procs"))
		for _, procs := range inner {
			err = errors.Join(err, removeGroup(filepath.Dir(procs)))
		}
		if err != nil {
			return err
		}
	}
}

// killGroup sends SIGKILL to each process of a group. A process that ends
// between the reading and the killing could leave its number to another's: a
// pidfd that is opened before the second reading is of the one that was read.
func killGroup(dir string) error {
	for _, pid := range processes(dir) {
		if pid == os.Getpid() {
			continue // a spawning thread of ours, which is about to end
		}
		fd, err := unix.PidfdOpen(pid, 0)
		if err != nil {
			continue // ended already
		}
		for _, again := range processes(dir) {
			if again == pid {
				err = ignore(unix.PidfdSendSignal(fd, unix.SIGKILL, nil, 0), unix.ESRCH)
			}
		}
		unix.Close(fd)
		if err != nil {
			return fmt.Errorf("kill what is left in the control group %s: %w", dir, err)
		}
	}
	return nil
}

// processes lists the members of a group that have a number here; one in
// another pid namespace is 0.
func processes(dir string) []int {
	b, err := os.ReadFile(filepath.Join(dir, "cgroup.procs"))
	if err != nil {
		return nil // removed
	}
	var list []int
	for f := range bytes.FieldsSeq(b) {
		if pid, err := strconv.Atoi(string(f)); err == nil && pid > 0 {
			list = append(list, pid)
		}
	}
	return list
}

// write writes a setting of a group.
func write(dir, file, value string) error {
	f, err := os.OpenFile(filepath.Join(dir, file), os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(value)
	return errors.Join(err, f.Close())
}

// ignore is err, or nil if it is one of these.
func ignore(err error, these ...error) error {
	for _, e := range these {
		if errors.Is(err, e) {
			return nil
		}
	}
	return err
}
