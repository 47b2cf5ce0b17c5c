package limits

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"
)

// look is how often the process groups are looked at that somebody watches.
const look = 20 * time.Millisecond

// watcher reads /proc for all groups together, because a process does not say
// which others are in its process group. It runs while anybody watches.
type watcher struct {
	read func() map[int][]member

	mu      sync.Mutex
	seen    map[*watch]bool
	running bool
}

type watch struct {
	group int
	f     func([]member)
}

// member is a process of a process group.
type member struct {
	pid      int
	resident int // pages, those of files with them
}

var processGroups = watcher{
	read: func() map[int][]member { return readProcessGroups("/proc") },
	seen: map[*watch]bool{},
}

// watch calls f with the members of a process group every look, until stop is
// called, which waits for a call under way.
func (w *watcher) watch(group int, f func([]member)) (stop func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	one := &watch{group, f}
	w.seen[one] = true
	if !w.running {
		w.running = true
		go w.run()
	}
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.seen, one)
	}
}

func (w *watcher) run() {
	for w.once() {
		time.Sleep(look)
	}
}

// once looks at /proc, unless nobody watches any more.
func (w *watcher) once() bool {
	w.mu.Lock()
	before := maps.Clone(w.seen)
	w.mu.Unlock()
	groups := w.read()
	w.mu.Lock()
	defer w.mu.Unlock()
	for one := range w.seen {
		// Who came while /proc was read may have a process that was not there yet.
		if before[one] {
			one.f(groups[one.group])
		}
	}
	w.running = len(w.seen) > 0
	return w.running
}

// readProcessGroups reads proc_pid_stat(5) of all processes.
func readProcessGroups(proc string) map[int][]member {
	groups := make(map[int][]member)
	dir, err := os.Open(proc)
	if err != nil {
		return groups
	}
	defer dir.Close()
	names, err := dir.Readdirnames(-1)
	if err != nil {
		return groups
	}
	for _, name := range names {
		pid, err := strconv.Atoi(name)
		if err != nil {
			continue
		}
		stat, err := os.ReadFile(filepath.Join(proc, name, "stat"))
		if err != nil {
			continue // ended meanwhile
		}
		// The name in parentheses may hold anything; the fields after it are
		// state (3), ppid, pgrp (5), …, rss (24).
		f := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
		if len(f) < 22 {
			continue
		}
		group, err1 := strconv.Atoi(string(f[2]))
		resident, err2 := strconv.Atoi(string(f[21]))
		if err1 == nil && err2 == nil {
			groups[group] = append(groups[group], member{pid, resident})
		}
	}
	return groups
}
