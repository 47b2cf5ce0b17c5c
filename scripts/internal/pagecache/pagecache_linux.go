// Package pagecache takes a file out of the page cache, so that a program starts from its
// volume.
package pagecache

import (
	"fmt"
	"os"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Eviction is tried again: a page stays that another processor has only just put into
// the cache, or that belongs to a process which is looked at while it ends.
const (
	tries = 20
	pause = 5 * time.Millisecond
)

// Evict takes a file out of the page cache. That pages of it stay, as on a tmpfs and
// while it runs, is an error.
func Evict(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	left := 0
	for i := range tries {
		if i > 0 {
			time.Sleep(pause)
		}
		if err := unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED); err != nil {
			return os.NewSyscallError("fadvise", err)
		}
		if left, err = resident(f); err != nil || left == 0 {
			return err
		}
	}
	return fmt.Errorf("%d pages stay in memory", left)
}

// resident counts pages by mincore(2), which tells only those that may write to the
// file; others it answers that every page is there.
func resident(f *os.File) (int, error) {
	info, err := f.Stat()
	if err != nil || info.Size() == 0 {
		return 0, err
	}
	mapped, err := unix.Mmap(int(f.Fd()), 0, int(info.Size()), unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return 0, os.NewSyscallError("mmap", err)
	}
	defer unix.Munmap(mapped) // cannot fail: it is what Mmap gave
	page := os.Getpagesize()
	list := make([]byte, (len(mapped)+page-1)/page)
	if _, _, errno := unix.Syscall(unix.SYS_MINCORE, uintptr(unsafe.Pointer(&mapped[0])), uintptr(len(mapped)), uintptr(unsafe.Pointer(&list[0]))); errno != 0 {
		return 0, os.NewSyscallError("mincore", errno)
	}
	n := 0
	for _, b := range list {
		n += int(b & 1)
	}
	return n, nil
}
