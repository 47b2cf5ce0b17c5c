package sandbox

import (
	"os"

	"github.com/coldcrank/coldcrank/lambda/local/internal/rootfs"
	"github.com/coldcrank/coldcrank/lambda/local/internal/thread"
)

// spawner is the thread that spawns a process. It lives as long as the process
// does: the signal that kills the process when its parent dies is sent when the
// *thread* ends that forked it (prctl(2), PR_SET_PDEATHSIG). So what makes a
// process limited and isolated, it can have of a thread that nobody else uses.
type spawner struct {
	id   int
	work chan func()
}

func newSpawner() *spawner {
	s, started := &spawner{work: make(chan func())}, make(chan struct{})
	thread.Go(func() {
		s.id = thread.ID()
		close(started)
		for f := range s.work {
			f()
		}
	})
	<-started
	return s
}

// do runs f on the thread.
func (s *spawner) do(f func() error) error {
	done := make(chan error)
	s.work <- func() { done <- f() }
	return <-done
}

// files holds the files that the thread sees.
func (s *spawner) files() (*os.File, error) { return rootfs.Of(s.id) }

// end ends the thread, and with it the process if that still lives.
func (s *spawner) end() { close(s.work) }
