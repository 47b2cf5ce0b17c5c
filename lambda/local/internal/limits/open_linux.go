package limits

import (
	"errors"
	"fmt"
)

// system is what a Host knows of its system only.
type system struct {
	v2 *unified // nil where no controller of it is used
}

// Open finds the modes of this machine, best first, or checks those that are
// asked for by name. It removes the control groups that executors left which
// were killed. The Host is to be closed.
func Open(o Options) (*Host, error) {
	return open(o, "/proc/self")
}

// open is Open for the process whose folder in proc is given.
func open(o Options, proc string) (_ *Host, err error) {
	h := &Host{}
	defer func() {
		if err != nil {
			err = errors.Join(err, h.Close())
		}
	}()
	mounts, err := readMounts(proc)
	if err != nil {
		return nil, err
	}
	h.cpu, err = first("CPU quota", o.CPU, []candidate{
		{CgroupV1, func() error { return h.useV1(mounts, "cpu", newV1CPU) }},
		{CgroupV2, func() error { return h.useV2(mounts, "cpu") }},
		{Signals, func() error { h.make = append(h.make, newSignals); return nil }},
		{None, func() error { return nil }},
	})
	if err != nil {
		return nil, err
	}
	h.memory, err = first("memory limit", o.Memory, []candidate{
		{CgroupV1, func() error { return h.useV1(mounts, "memory", newV1Memory) }},
		{CgroupV2, func() error { return h.useV2(mounts, "memory") }},
		{Polled, func() error { h.make = append(h.make, newPolled); return nil }},
		{None, func() error { return nil }},
	})
	return h, err
}

type candidate struct {
	mode Mode
	use  func() error
}

// first takes the mode that is wanted, or the first that can be used.
func first(what string, wanted Mode, list []candidate) (Mode, error) {
	for _, c := range list {
		if wanted != "" && wanted != c.mode {
			continue
		}
		err := c.use()
		if err == nil {
			return c.mode, nil
		}
		if wanted != "" {
			return "", unavailable(what, wanted, err)
		}
	}
	if wanted != "" {
		return "", unavailable(what, wanted, nil)
	}
	return "", fmt.Errorf("%s: no mode at all", what) // None can be used always
}
