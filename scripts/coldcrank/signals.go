package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"syscall"
)

// signals turns SIGINT, SIGTERM and SIGHUP into the end of a run. Until rounds
// begin, a signal ends the command at once; after that the first lets the round
// under way finish and the second breaks it off.
type signals struct {
	stop chan struct{} // closed by the signal that asks for the end of the round

	mu      sync.Mutex
	rounds  bool
	stopped bool

	cancel context.CancelCauseFunc
	caught chan os.Signal
}

// watchSignals starts watching. The context is done when the command must end.
// From then on nobody needs to read what the command says: a write to a pipe
// without a reader is an error as any other, and not the end of the process,
// which would leave everything changed.
func watchSignals(parent context.Context, talk io.Writer) (*signals, context.Context) {
	ctx, cancel := context.WithCancelCause(parent)
	s := &signals{stop: make(chan struct{}), cancel: cancel, caught: make(chan os.Signal, 2)}
	signal.Notify(s.caught, os.Interrupt, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) { // else nohup wants it so
		signal.Notify(s.caught, syscall.SIGHUP)
	}
	// Not signal.Ignore, which the programs that a run starts would inherit.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	go func() {
		for sig := range s.caught {
			s.on(sig, talk)
		}
	}()
	return s, ctx
}

func (s *signals) on(sig os.Signal, talk io.Writer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.rounds && !s.stopped {
		s.stopped = true
		close(s.stop)
		fmt.Fprintln(talk, "\nending: what is under way is finished first; once more breaks it off")
		return
	}
	s.cancel(fmt.Errorf("ended by signal: %s", sig))
}

// atRoundEnd says that from now on a signal first waits for the round's end.
func (s *signals) atRoundEnd() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rounds = true
}

// orSignal returns the signal that ended ctx in the place of what it broke off.
func orSignal(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

func (s *signals) close() {
	signal.Stop(s.caught)
	close(s.caught)
	s.cancel(nil)
}
