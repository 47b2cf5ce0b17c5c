package limits

import (
	"runtime"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/coldcrank/coldcrank/lambda/local/internal/procs"
)

// signals keeps a process group to its CPU quota by SIGSTOP and SIGCONT while a
// request is in flight: a closed loop on the CPU time that it has used, so that
// what one step gives too much the next one takes away.
type signals struct {
	idle
	share   float64 // CPU time for each unit of time
	group   int
	signal  func(syscall.Signal)
	members atomic.Pointer[[]procs.Process]
	begun   bool          // throttle was called
	finish  chan struct{} // nil while no request is in flight
	done    chan struct{}
}

func newSignals(memoryMB int) (part, error) { return &signals{share: VCPUs(memoryMB)}, nil }

func (s *signals) start(pid int, signal func(syscall.Signal)) { s.group, s.signal = pid, signal }

func (s *signals) throttle() error {
	s.begun = true
	return nil
}

func (s *signals) begin() {
	if !s.begun {
		return
	}
	s.finish, s.done = make(chan struct{}), make(chan struct{})
	go s.run()
}

func (s *signals) end() {
	if s.finish == nil {
		return
	}
	close(s.finish)
	<-s.done
	s.finish = nil
}

func (s *signals) close() error {
	s.end()
	return nil
}

// step is the shortest time that the process group runs or stands still: well
// above what a wake-up takes, and the quota of a period at 128 MB is 1.4 ms.
const step = 500 * time.Microsecond

// run is the loop. It leaves the process group running.
func (s *signals) run() {
	defer close(s.done)
	before := processGroups.read()[s.group] // what these have used does not count
	s.members.Store(&before)
	stop := processGroups.watch(s.group, func(m []procs.Process) { s.members.Store(&m) })
	defer stop()
	var used clock
	used.read(before)
	start, total := time.Now(), time.Duration(0)
	cpus := time.Duration(runtime.NumCPU())
	timer := time.NewTimer(0)
	defer timer.Stop()
	for stopped := false; ; {
		select {
		case <-timer.C:
		case <-s.finish:
			if stopped {
				s.signal(syscall.SIGCONT)
			}
			return
		}
		total += used.read(*s.members.Load())
		// left is the CPU time that it may use now. As in the kernel's quota, what
		// is not used of a period is lost.
		left := time.Duration(s.share*float64(time.Since(start))) - total
		if most := time.Duration(s.share * float64(period)); left > most {
			start, total, left = time.Now().Add(-period), 0, most
		}
		switch {
		case left <= 0 && !stopped:
			s.signal(syscall.SIGSTOP)
			stopped = true
		case left > 0 && stopped:
			s.signal(syscall.SIGCONT)
			stopped = false
		}
		// It may run on every CPU: then left is gone after this time.
		wait := left / cpus
		if stopped {
			wait = time.Duration(float64(-left) / s.share)
		}
		timer.Reset(min(max(wait, step), period))
	}
}

// clock adds up the CPU time of processes that come and go. What one uses
// after it was last read is lost when it ends.
type clock struct{ last map[int]time.Duration }

// read is the CPU time since the last reading.
func (c *clock) read(members []procs.Process) time.Duration {
	var sum time.Duration
	now := make(map[int]time.Duration, len(members))
	for _, m := range members {
		if t, ok := cpuTime(m.PID); ok {
			now[m.PID] = t
			sum += t - c.last[m.PID]
		}
	}
	c.last = now
	return sum
}

// cpuTime is the CPU time of all threads of a process, to the nanosecond: the
// clock that clock_getcpuclockid(3) names, which the kernel shows of any
// process (include/linux/posix-timers_types.h, CPUCLOCK_SCHED).
func cpuTime(pid int) (time.Duration, bool) {
	const perProcess = 2
	var ts unix.Timespec
	if err := unix.ClockGettime(int32(^pid<<3|perProcess), &ts); err != nil {
		return 0, false // gone
	}
	return time.Duration(ts.Nano()), true
}
