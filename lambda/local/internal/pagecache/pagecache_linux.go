package pagecache

import (
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

func evict(f *os.File) error {
	return unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED)
}

// resident asks mincore(2), which tells only those that may write to the file;
// others it answers that every page is there.
func resident(f *os.File) (Pages, error) {
	info, err := f.Stat()
	if err != nil || info.Size() == 0 {
		return Pages{}, err
	}
	size := int(info.Size())
	mapped, err := unix.Mmap(int(f.Fd()), 0, size, unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return Pages{}, err
	}
	defer unix.Munmap(mapped) // cannot fail: it is what Mmap gave
	page := os.Getpagesize()
	pages := make([]byte, (size+page-1)/page)
	if _, _, errno := unix.Syscall(unix.SYS_MINCORE, uintptr(unsafe.Pointer(&mapped[0])), uintptr(size), uintptr(unsafe.Pointer(&pages[0]))); errno != 0 {
		return Pages{}, errno
	}
	p := Pages{All: len(pages)}
	for _, b := range pages {
		p.Resident += int(b & 1)
	}
	return p, nil
}
