package phases

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
)

// usage is what a process has had of memory and disk so far.
type usage struct {
	minor, major int64
	read         int64 // bytes, from the disk
	readKnown    bool
}

// usageOf asks the kernel (proc(5): stat, io).
func usageOf(pid int) (usage, error) {
	dir := fmt.Sprintf("/proc/%d/", pid)
	stat, err := os.ReadFile(dir + "stat")
	if err != nil {
		return usage{}, err
	}
	u, err := parseStat(stat)
	if err != nil {
		return usage{}, fmt.Errorf("read %sstat: %w", dir, err)
	}
	if io, err := os.ReadFile(dir + "io"); err == nil { // not every kernel counts
		u.read, u.readKnown = parseRead(io)
	}
	return u, nil
}

func parseStat(stat []byte) (usage, error) {
	// The program's name, in parentheses, may hold anything.
	f := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(f) < 10 {
		return usage{}, fmt.Errorf("%d fields behind the name", len(f))
	}
	minor, err := strconv.ParseInt(string(f[7]), 10, 64)
	if err != nil {
		return usage{}, err
	}
	major, err := strconv.ParseInt(string(f[9]), 10, 64)
	return usage{minor: minor, major: major}, err
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
