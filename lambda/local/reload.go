package local

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"syscall"

	"github.com/coldcrank/coldcrank/lambda/local/internal/assembly"
)

func newExecutor(o Options) (*Executor, error) {
	s, err := newSite(o)
	if err != nil {
		return nil, err
	}
	x := &Executor{site: s, now: newLoaded(s), leaving: map[*loaded]bool{}}
	x.life, x.end = context.WithCancel(context.Background())
	return x, nil
}

func (x *Executor) current() *loaded {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.now
}

// Recycle ends every environment that was started on demand: an idle one at once, one
// that serves when its request is answered. The next request to each function is cold
// then, unless a provisioned environment takes it. It returns how many have been or
// will be ended.
func (x *Executor) Recycle() int {
	var wg sync.WaitGroup
	functions := x.current().functions
	ended := make([]int, len(functions))
	for i, f := range functions {
		wg.Go(func() { ended[i] = f.Recycle() })
	}
	wg.Wait()
	n := 0
	for _, e := range ended {
		n += e
	}
	return n
}

// Reload puts the assembly in a folder in the place of the one that runs. Listeners
// stay: an API that both assemblies have, by stack and logical id, keeps its URL, and
// so does the AWS API. Requests that come from then on are answered by new
// environments of the new functions; those under way end on the environments that
// they have. The front of an API that is gone answers 404. Log groups keep their
// events; versions count from 1 again.
//
// The errors are those of Start. After one, everything is as it was, but for the
// listeners of APIs that the refused assembly alone has: they stay, and answer 404.
func (x *Executor) Reload(assemblyDir string) error {
	x.reloading.Lock()
	defer x.reloading.Unlock()
	if x.isClosed() {
		return errors.New("the local executor is closed")
	}
	a, err := assembly.Load(assemblyDir)
	if err != nil {
		return err
	}
	next := newLoaded(x.site)
	if err := next.start(x.life, a); err != nil {
		return errors.Join(err, next.close())
	}
	// An environment of before may have been forked while the new code was open for
	// writing, and until the fork has become another program the code cannot be run
	// (ETXTBSY). On Linux Go holds this lock until it has.
	syscall.ForkLock.Lock()
	defer syscall.ForkLock.Unlock()
	x.mu.Lock()
	old := x.now
	x.now = next
	x.leaving[old] = true
	next.enter()
	x.mu.Unlock()
	x.gone.Go(func() {
		err := old.leave()
		x.mu.Lock()
		defer x.mu.Unlock()
		delete(x.leaving, old)
		x.left = errors.Join(x.left, err)
	})
	return nil
}

func (x *Executor) isClosed() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.closed
}

// Close ends everything: it kills the functions' processes with all that they
// started, closes the listeners and removes the functions' files. It returns
// when nothing is left. Requests under way are answered with an error or cut
// off. Calling it again waits for the first call and returns the same.
func (x *Executor) Close() error {
	x.once.Do(func() {
		x.end()
		x.reloading.Lock()
		defer x.reloading.Unlock()
		x.mu.Lock()
		x.closed = true
		stop, all := x.stop, append(slices.Collect(maps.Keys(x.leaving)), x.now)
		x.mu.Unlock()
		if stop != nil {
			stop()
		}
		errs := make([]error, len(all)+len(x.site.servers))
		var wg sync.WaitGroup
		for i, l := range all {
			wg.Go(func() {
				if err := l.close(); l == x.now { // of others, leave returns it as well
					errs[i] = err
				}
			})
		}
		for i, s := range x.site.servers {
			wg.Go(func() { errs[len(all)+i] = s.close() })
		}
		wg.Wait()
		x.gone.Wait()
		for _, g := range x.now.gateways {
			g.Wait()
		}
		x.err = errors.Join(errors.Join(errs...), x.left, x.site.close())
	})
	return x.err
}
