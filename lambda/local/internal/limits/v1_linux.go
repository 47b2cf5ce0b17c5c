package limits

import (
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/coldcrank/coldcrank/lambda/local/internal/thread"
)

// v1 is the group of one process in a hierarchy of cgroup v1, where threads
// have groups of their own (Documentation/admin-guide/cgroup-v1/cgroups.rst,
// "tasks"): the process is born into the group of the thread that spawns it.
type v1 struct {
	idle
	dir string
}

// useV1 makes a tree below this process's own group in the hierarchy of a
// controller, so that limits from outside hold as well, and tries it.
func (h *Host) useV1(m mounts, controller string, limited func(g v1, memoryMB int) (part, error)) error {
	at, err := m.v1(controller)
	if err != nil {
		return err
	}
	t, err := newTree(at.own)
	if err != nil {
		return err
	}
	if controller == "cpu" {
		err = write(t.dir, "cpu.shares", strconv.Itoa(1024*weight))
	}
	newPart := func(memoryMB int) (part, error) {
		dir, err := t.group()
		if err != nil {
			return nil, fmt.Errorf("make a control group: %w", err)
		}
		g := v1{dir: dir}
		p, err := limited(g, memoryMB)
		if err != nil {
			return nil, errors.Join(err, g.close())
		}
		return p, nil
	}
	if err == nil {
		err = try(newPart)
	}
	if err != nil {
		return errors.Join(err, t.remove())
	}
	h.make, h.finish = append(h.make, newPart), append(h.finish, t.remove)
	return nil
}

// try takes a thread into a group.
func try(newPart func(memoryMB int) (part, error)) error {
	p, err := newPart(vCPUMB)
	if err != nil {
		return err
	}
	done := make(chan error)
	thread.Go(func() { done <- p.enter(new(syscall.SysProcAttr)) })
	return errors.Join(<-done, p.close())
}

// enter puts the calling thread into the group.
func (g *v1) enter(*syscall.SysProcAttr) error {
	if err := write(g.dir, "tasks", "0"); err != nil {
		return fmt.Errorf("join a control group: %w", err)
	}
	return nil
}

func (g *v1) close() error { return removeGroup(g.dir) }

// v1CPU is a group of the controller cpu.
type v1CPU struct {
	v1
	memoryMB int
}

func newV1CPU(g v1, memoryMB int) (part, error) {
	err := write(g.dir, "cpu.shares", strconv.Itoa(1024*share(memoryMB)))
	// With the period set, one short write begins the quota at the first event.
	err = errors.Join(err, write(g.dir, "cpu.cfs_period_us", strconv.FormatInt(period.Microseconds(), 10)))
	if err != nil {
		return nil, fmt.Errorf("set up a CPU quota: %w", err)
	}
	return &v1CPU{v1: g, memoryMB: memoryMB}, nil
}

func (g *v1CPU) throttle() error {
	err := write(g.dir, "cpu.cfs_quota_us", strconv.FormatInt(quota(g.memoryMB).Microseconds(), 10))
	// EINVAL: a group outside has less, and its quota holds.
	if err = ignore(err, unix.EINVAL); err != nil {
		return fmt.Errorf("set the CPU quota: %w", err)
	}
	return nil
}

// free cannot fail but for a group that is gone, or one whose parent's quota holds.
func (g *v1CPU) free() { _ = write(g.dir, "cpu.cfs_quota_us", "-1") }

// v1Memory is a group of the controller memory
// (Documentation/admin-guide/cgroup-v1/memory.rst). Cached pages of files count
// as well, but are given up before anybody is killed.
type v1Memory struct {
	v1
	kills *kills
}

func newV1Memory(g v1, memoryMB int) (part, error) {
	limit := strconv.Itoa(memoryMB << 20)
	err := write(g.dir, "memory.limit_in_bytes", limit)
	// Lambda has no swap: what is swapped out counts, and nothing should be. Not
	// every kernel counts it.
	err = errors.Join(err, ignore(write(g.dir, "memory.memsw.limit_in_bytes", limit), fs.ErrNotExist))
	err = errors.Join(err, ignore(write(g.dir, "memory.swappiness", "0"), fs.ErrNotExist))
	if err != nil {
		return nil, fmt.Errorf("set the memory limit: %w", err)
	}
	k, err := openKills(g.dir, "memory.oom_control")
	if err != nil {
		return nil, err // before Linux 4.13
	}
	return &v1Memory{g, k}, nil
}

func (g *v1Memory) outOfMemory() bool { return g.kills.any() }

func (g *v1Memory) close() error {
	g.kills.any()
	g.kills.close()
	return g.v1.close()
}
