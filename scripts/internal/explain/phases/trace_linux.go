package phases

import (
	"encoding/binary"
	"fmt"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// trace follows one start under ptrace(2). Only the first thread of the program is
// followed: it is where Go's runtime initializes packages, and others run undisturbed.
// The few instructions between the last init and main.main are the one place where
// another thread could come to a trap; such a start ends with SIGTRAP and is repeated.
type trace struct {
	places *places // nil: only the end of the exec
	mapped bool    // the pages of its executable are mapped beforehand

	marks    []mark
	replaced bool          // by another program
	off      time.Duration // how long the program was stopped so far
	stops    int           // how often
	step     time.Duration // what a stop costs beyond that; 0: it was not measured
}

// mark is the end of a phase.
type mark struct {
	phase string
	at    time.Time
	off   time.Duration // before it
	stops int
	usage usage
}

// steps is how often a program is stopped to learn what a stop costs.
const steps = 9

// follow follows the program until main.main and lets it go. Ended says that it has
// ended, and is reaped.
func (t *trace) follow(pid int) (ended bool, status syscall.WaitStatus, err error) {
	at, status, err := wait(pid)
	if err != nil || !status.Stopped() {
		return err == nil, status, err
	}
	if err := t.mark(pid, Provision, at); err != nil {
		return false, status, err
	}
	if err := unix.PtraceSetOptions(pid, unix.PTRACE_O_EXITKILL|unix.PTRACE_O_TRACEEXEC); err != nil {
		return false, status, fmt.Errorf("follow the program: %w", err)
	}
	if t.places == nil {
		if _, ended, status, err := t.measureStop(pid); ended || err != nil {
			return ended, status, err
		}
	}
	if t.mapped {
		maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", pid))
		if err != nil {
			return false, status, err
		}
		if ended, status, err := mapAll(pid, regions(maps)); ended || err != nil {
			return ended, status, err
		}
	}
	if t.places == nil {
		t.resumed(at)
		return false, status, unix.PtraceDetach(pid)
	}
	base, err := baseOf(pid, t.places.entry)
	if err != nil {
		return false, status, err
	}
	traps := &traps{pid: pid, was: map[uint64][]byte{}}
	inits, main := base+t.places.inits, base+t.places.main
	for _, at := range []uint64{inits, main} {
		if err := traps.put(at, trap); err != nil {
			return false, status, err
		}
	}
	signal := 0
	for {
		t.resumed(at)
		if err := unix.PtraceCont(pid, signal); err != nil {
			return false, status, fmt.Errorf("resume the program: %w", err)
		}
		if at, status, err = wait(pid); err != nil || !status.Stopped() {
			return err == nil, status, err
		}
		signal = 0
		if status.StopSignal() != syscall.SIGTRAP {
			signal = int(status.StopSignal()) // as if nobody had looked
			continue
		}
		if status.TrapCause() == unix.PTRACE_EVENT_EXEC {
			t.replaced = true
			t.resumed(at)
			return false, status, unix.PtraceDetach(pid)
		}
		var r registers
		if err := r.read(pid); err != nil {
			return false, status, fmt.Errorf("look at the program: %w", err)
		}
		where := r.trapAt()
		if traps.was[where] == nil { // one of its own
			signal = int(syscall.SIGTRAP)
			continue
		}
		if err := traps.restore(where); err != nil {
			return false, status, err
		}
		r.goOn(where)
		if err := r.write(pid); err != nil {
			return false, status, fmt.Errorf("set the program back: %w", err)
		}
		if where == main {
			if err := t.mark(pid, Inits, at); err != nil {
				return false, status, err
			}
			t.resumed(at)
			return false, status, unix.PtraceDetach(pid)
		}
		if err := t.mark(pid, Runtime, at); err != nil {
			return false, status, err
		}
		var ended bool
		if signal, ended, status, err = t.measureStop(pid); ended || err != nil {
			return ended, status, err
		}
	}
}

// wait waits until the program stops or ends, and says when it was seen.
func wait(pid int) (time.Time, syscall.WaitStatus, error) {
	for {
		var status syscall.WaitStatus
		_, err := syscall.Wait4(pid, &status, 0, nil)
		at := time.Now()
		if err == syscall.EINTR {
			continue
		}
		if err != nil {
			err = fmt.Errorf("wait for the program: %w", err)
		}
		return at, status, err
	}
}

// mark notes that a phase has ended: the program stands still.
func (t *trace) mark(pid int, phase string, at time.Time) error {
	u, err := usageOf(pid)
	t.marks = append(t.marks, mark{phase, at, t.off, t.stops, u})
	return err
}

// resumed counts the stop that ends now.
func (t *trace) resumed(at time.Time) {
	t.off += time.Since(at)
	t.stops++
}

// measureStop has the program execute single instructions, which takes next to nothing,
// to learn how long it takes until it runs again and until it is seen to have stopped.
// A Go program does so between its runtime's inits and its own: at its entry, where it
// has one thread and no page in the caches, a stop seemed to cost 20 to 40 µs of 80
// less than it does later. Before each step it is looked at as at a mark. Signal is one
// that it got meanwhile.
func (t *trace) measureStop(pid int) (signal int, ended bool, status syscall.WaitStatus, err error) {
	took := make([]time.Duration, 0, steps)
	for range steps {
		if _, err := usageOf(pid); err != nil {
			return 0, false, status, err
		}
		begin := time.Now()
		if err := unix.PtraceSingleStep(pid); err != nil {
			return 0, false, status, fmt.Errorf("step through the program: %w", err)
		}
		at, status, err := wait(pid)
		if err != nil || !status.Stopped() {
			return 0, err == nil, status, err
		}
		if status.StopSignal() != syscall.SIGTRAP {
			signal = int(status.StopSignal())
			break
		}
		took = append(took, at.Sub(begin))
	}
	t.step = median(took)
	return signal, false, status, nil
}

// baseOf is by how much the program lies elsewhere in memory than in its file: its
// entry is in what the kernel tells it at its start (getauxval(3)).
func baseOf(pid int, entry uint64) (uint64, error) {
	name := fmt.Sprintf("/proc/%d/auxv", pid)
	data, err := os.ReadFile(name)
	if err != nil {
		return 0, err
	}
	const atEntry = 9
	for ; len(data) >= 16; data = data[16:] {
		if binary.NativeEndian.Uint64(data) == atEntry {
			return binary.NativeEndian.Uint64(data[8:]) - entry, nil
		}
	}
	return 0, fmt.Errorf("%s tells no entry", name)
}

// traps are instructions of a program that are replaced, and what was there before.
type traps struct {
	pid int
	was map[uint64][]byte
}

func (t *traps) put(at uint64, code []byte) error {
	was := make([]byte, len(code))
	if _, err := unix.PtracePeekText(t.pid, uintptr(at), was); err != nil {
		return fmt.Errorf("read the program: %w", err)
	}
	if _, err := unix.PtracePokeText(t.pid, uintptr(at), code); err != nil {
		return fmt.Errorf("set a trap in the program: %w", err)
	}
	t.was[at] = was
	return nil
}

func (t *traps) restore(at uint64) error {
	if _, err := unix.PtracePokeText(t.pid, uintptr(at), t.was[at]); err != nil {
		return fmt.Errorf("take a trap out of the program: %w", err)
	}
	delete(t.was, at)
	return nil
}
