package rootfs

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/coldcrank/coldcrank/lambda/local/internal/thread"
)

// Permitted says why a View cannot be laid out here; nil where it can. It
// tries it once. It takes CAP_SYS_ADMIN, Linux 5.12 (mount_setattr(2)), and the
// folders /var, /opt and /tmp: none is made on the machine.
var Permitted = sync.OnceValue(func() error {
	dir, err := os.MkdirTemp("", "coldcrank-rootfs-")
	if err != nil {
		return err
	}
	done := make(chan error)
	thread.Go(func() { done <- View{Task: dir, TmpMB: 1}.Enter() })
	return errors.Join(<-done, os.Remove(dir))
})

// Enter gives the calling thread, one of thread.Go, the view in a new mount namespace,
// which programs that it forks inherit. The namespace is gone with /tmp when
// its last thread, program and descriptor (Of) are gone, however they end.
func (v View) Enter() error {
	if err := unix.Unshare(unix.CLONE_NEWNS); err != nil {
		return fmt.Errorf("unshare the mount namespace: %w", err)
	}
	// First of all: no mount may reach the machine.
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("make the mounts private: %w", err)
	}
	if err := readOnly("/", unix.AT_RECURSIVE); err != nil {
		return err
	}
	// The folders may lie below what is about to be covered.
	task, err := tree(v.Task)
	if err != nil {
		return err
	}
	defer unix.Close(task)
	opt := -1
	if v.Opt != "" {
		if opt, err = tree(v.Opt); err != nil {
			return err
		}
		defer unix.Close(opt)
	}
	// A folder that is not on the machine is made on a file system of its own.
	if err := tmpfs("/var", "mode=755,size=64k"); err != nil {
		return err
	}
	if err := os.Mkdir(Task, 0o755); err != nil {
		return err
	}
	if err := readOnly("/var", 0); err != nil {
		return err
	}
	if err := attach(task, Task); err != nil {
		return err
	}
	if opt >= 0 {
		err = attach(opt, Opt)
	} else {
		err = errors.Join(tmpfs(Opt, "mode=755,size=4k"), readOnly(Opt, 0))
	}
	if err != nil {
		return err
	}
	return tmpfs(Tmp, "mode=700,size="+strconv.Itoa(v.TmpMB)+"m")
}

// tree returns the mount of a folder, which inherits being read-only.
func tree(dir string) (int, error) {
	fd, err := unix.OpenTree(unix.AT_FDCWD, dir, unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC)
	if err != nil {
		return -1, &os.PathError{Op: "open_tree", Path: dir, Err: err}
	}
	return fd, nil
}

func attach(tree int, at string) error {
	if err := unix.MoveMount(tree, "", unix.AT_FDCWD, at, unix.MOVE_MOUNT_F_EMPTY_PATH); err != nil {
		return &os.PathError{Op: "move_mount", Path: at, Err: err}
	}
	return nil
}

func tmpfs(at, options string) error {
	if err := unix.Mount("tmpfs", at, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, options); err != nil {
		return &os.PathError{Op: "mount", Path: at, Err: err}
	}
	return nil
}

func readOnly(at string, flags uint) error {
	err := unix.MountSetattr(unix.AT_FDCWD, at, flags, &unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY})
	if err != nil {
		return &os.PathError{Op: "mount_setattr", Path: at, Err: err}
	}
	return nil
}

// Of holds the namespace of a thread, for Join.
func Of(thread int) (*os.File, error) {
	return os.Open("/proc/self/task/" + strconv.Itoa(thread) + "/ns/mnt")
}

// Join gives the calling thread, one of thread.Go, what Of held.
func Join(ns *os.File) error {
	if err := unix.Unshare(unix.CLONE_FS); err != nil {
		return fmt.Errorf("unshare the root folder: %w", err)
	}
	if err := unix.Setns(int(ns.Fd()), unix.CLONE_NEWNS); err != nil {
		return fmt.Errorf("enter the mount namespace: %w", err)
	}
	return nil
}
