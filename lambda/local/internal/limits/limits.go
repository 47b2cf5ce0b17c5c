// Package limits gives the processes of an execution environment the CPU and
// the memory that its memory setting buys on AWS: by control groups where they
// can be written, else by signals and by looking.
//
// A Host knows how this machine does it; a Group holds one process with all
// that it starts, in this order:
//
//	g, err := host.New(memoryMB)
//	g.Enter(attr)        // on the thread that will spawn, and ends with the process
//	…                    // spawn
//	g.Start(pid, signal) // full speed, for the init
//	g.Throttle()         // when it asks for its first event
//	g.Begin(); g.End()   // around each request
//	g.Close()            // when the process is gone
//
// What a function may use is "Configure Lambda function memory" of the Lambda
// Developer Guide: CPU in proportion to memory, one vCPU at 1,769 MB.
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
// It limits neither network nor disk.
package limits

import (
	"errors"
	"fmt"
	"syscall"
	"time"
)

// Mode is how a limit is kept.
type Mode string

// The modes, from the best to none. The kernel keeps the limits of control
// groups for all that a function starts. Signals stop and continue the process
// group so that its CPU time is the quota's, Polled adds up the process group's
// memory every few milliseconds and kills it above the limit; both only while a
// request is in flight (Polled: or an init), and neither sees a child that
// leaves the process group.
const (
	CgroupV1 Mode = "cgroup v1"
	CgroupV2 Mode = "cgroup v2"
	Signals  Mode = "signals" // CPU only
	Polled   Mode = "polled"  // memory only
	None     Mode = "none"
)

// Options choose modes; empty is the best that this machine has.
type Options struct{ CPU, Memory Mode }

// vCPUMB is the memory setting that buys one vCPU.
const vCPUMB = 1769

// VCPUs is how many vCPUs a memory setting buys: 0.072 at 128 MB, 5.8 at 10,240.
func VCPUs(memoryMB int) float64 { return float64(memoryMB) / vCPUMB }

// period is that of a quota. Linux's default of 100 ms would let a function of
// 30 ms run as if it had no quota.
const period = 20 * time.Millisecond

// quota is the CPU time in each period, at least the millisecond that Linux
// asks for (Documentation/scheduler/sched-bwc.rst).
func quota(memoryMB int) time.Duration {
	return max(time.Millisecond, time.Duration(VCPUs(memoryMB)*float64(period)))
}

// part is one of the limits of a group. Its methods are the Group's.
type part interface {
	enter(*syscall.SysProcAttr) error
	start(pid int, signal func(syscall.Signal))
	throttle() error
	begin()
	end()
	free()
	outOfMemory() bool
	close() error
}

// idle is a part that does nothing, for others to embed.
type idle struct{}

func (idle) enter(*syscall.SysProcAttr) error { return nil }
func (idle) start(int, func(syscall.Signal))  {}
func (idle) throttle() error                  { return nil }
func (idle) begin()                           {}
func (idle) end()                             {}
func (idle) free()                            {}
func (idle) outOfMemory() bool                { return false }
func (idle) close() error                     { return nil }

// Host is how a machine keeps limits. The zero value and nil keep none.
type Host struct {
	cpu, memory Mode
	make        []func(memoryMB int) (part, error)
	finish      []func() error
	system
}

// CPU is the mode for CPU time, Memory the one for memory.
func (h *Host) CPU() Mode    { return h.mode(func(h *Host) Mode { return h.cpu }) }
func (h *Host) Memory() Mode { return h.mode(func(h *Host) Mode { return h.memory }) }

func (h *Host) mode(of func(*Host) Mode) Mode {
	if h == nil || of(h) == "" {
		return None
	}
	return of(h)
}

// Close removes what Open made. All groups are closed before.
func (h *Host) Close() error {
	if h == nil {
		return nil
	}
	var errs []error
	for _, f := range h.finish {
		errs = append(errs, f())
	}
	return errors.Join(errs...)
}

// unavailable is the error of a mode that was asked for by name.
func unavailable(what string, m Mode, why error) error {
	if why == nil {
		return fmt.Errorf("%s: there is no mode %q on this system", what, m)
	}
	return fmt.Errorf("%s: mode %q: %w", what, m, why)
}
