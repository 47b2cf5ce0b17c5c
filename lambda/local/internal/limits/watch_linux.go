package limits

import (
	"maps"
	"sync"
	"time"

	"github.com/coldcrank/coldcrank/lambda/local/internal/procs"
)

// look is how often the process groups are looked at that somebody watches.
const look = 20 * time.Millisecond

// watcher reads /proc for all groups together, because a process does not say
// which others are in its process group. It runs while anybody watches.
type watcher struct {
	read func() map[int][]procs.Process

	mu      sync.Mutex
	seen    map[*watch]bool
	running bool
}

type watch struct {
	group int
	f     func(members []procs.Process)
}

var processGroups = watcher{
	read: byGroup,
	seen: map[*watch]bool{},
}

// watch calls f with the members of a process group every look, until stop is
// called, which waits for a call under way.
func (w *watcher) watch(group int, f func([]procs.Process)) (stop func()) {
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

func byGroup() map[int][]procs.Process {
	groups := make(map[int][]procs.Process)
	for _, p := range procs.All() {
		groups[p.Group] = append(groups[p.Group], p)
	}
	return groups
}
