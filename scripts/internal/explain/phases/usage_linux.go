package phases

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// usage is what a process has had of memory and disk so far.
type usage struct {
	minor, major int64
	anonymous    int64 // pages that are of no file
	read         int64 // bytes, from the disk
	readKnown    bool
}

// usageOf asks the kernel (proc(5): stat, statm, io).
func usageOf(pid int) (usage, error) {
	dir := fmt.Sprintf("/proc/%d/", pid)
	stat, err := os.ReadFile(dir + "stat")
	if err != nil {
		return usage{}, err
	}
	statm, err := os.ReadFile(dir + "statm")
	if err != nil {
		return usage{}, err
	}
	u, err := parseUsage(stat, statm)
	if err != nil {
		return usage{}, fmt.Errorf("read %sstat: %w", dir, err)
	}
	if io, err := os.ReadFile(dir + "io"); err == nil { // not every kernel counts
		u.read, u.readKnown = parseRead(io)
	}
	return u, nil
}

func parseUsage(stat, statm []byte) (usage, error) {
	// The program's name, in parentheses, may hold anything.
	f := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	m := bytes.Fields(statm)
	if len(f) < 10 || len(m) < 3 {
		return usage{}, fmt.Errorf("%d and %d fields", len(f), len(m))
	}
	var n [4]int64
	for i, field := range [][]byte{f[7], f[9], m[1], m[2]} {
		var err error
		if n[i], err = strconv.ParseInt(string(field), 10, 64); err != nil {
			return usage{}, err
		}
	}
	return usage{minor: n[0], major: n[1], anonymous: n[2] - n[3]}, nil
}

func parseRead(io []byte) (int64, bool) {
	for line := range bytes.Lines(io) {
		if rest, ok := bytes.CutPrefix(line, []byte("read_bytes: ")); ok {
			n, err := strconv.ParseInt(string(bytes.TrimSpace(rest)), 10, 64)
			return n, err == nil
		}
	}
	return 0, false
}

// faultCost is what a page fault takes that reads nothing.
type faultCost struct{ file, anonymous time.Duration }

// measureFaults maps an executable, whose pages are in the page cache, and memory, and
// touches each page. The caller has locked its goroutine to a thread.
func measureFaults(name string) (faultCost, error) {
	f, err := os.Open(name)
	if err != nil {
		return faultCost{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return faultCost{}, err
	}
	const most = 8 << 20 // enough of either
	file, err := touch(int(f.Fd()), int(min(info.Size(), most)), unix.PROT_READ, unix.MAP_PRIVATE)
	if err != nil {
		return faultCost{}, err
	}
	anonymous, err := touch(-1, most, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	return faultCost{file, anonymous}, err
}

func touch(fd, size, protection, flags int) (time.Duration, error) {
	var costs []time.Duration
	for range 5 {
		memory, err := unix.Mmap(fd, 0, size, protection, flags)
		if err != nil {
			return 0, fmt.Errorf("map memory: %w", err)
		}
		if fd < 0 {
			// Refused where the kernel has no huge pages, which is as good.
			unix.Madvise(memory, unix.MADV_NOHUGEPAGE)
		}
		var before, after syscall.Rusage
		err = syscall.Getrusage(syscall.RUSAGE_THREAD, &before)
		begin := time.Now()
		for i := 0; i < size; i += os.Getpagesize() {
			if fd < 0 {
				memory[i] = 1
			} else {
				touched += int(memory[i])
			}
		}
		took := time.Since(begin)
		if err == nil {
			err = syscall.Getrusage(syscall.RUSAGE_THREAD, &after)
		}
		if unmapErr := unix.Munmap(memory); err == nil {
			err = unmapErr
		}
		if err != nil {
			return 0, fmt.Errorf("touch memory: %w", err)
		}
		if faults := int64(after.Minflt - before.Minflt); faults > 0 {
			costs = append(costs, took/time.Duration(faults))
		}
	}
	return median(costs), nil
}

// touched keeps the compiler from leaving the reads out.
var touched int
