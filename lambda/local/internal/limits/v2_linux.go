package limits

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// unified is the tree in the hierarchy of cgroup v2, which all controllers share
// (Documentation/admin-guide/cgroup-v2.rst).
type unified struct {
	*tree
	cpu, memory bool
	pids        bool
}

// useV2 has the tree of cgroup v2 limit what a controller is for. It makes the
// tree first, in the nearest group around this process that hands the
// controllers on: processes stand in the leaves only ("No Internal Process
// Constraint"), and what others hand on is theirs to say.
func (h *Host) useV2(m mounts, controller string) error {
	if h.v2 == nil {
		at, err := m.v2()
		if err != nil {
			return err
		}
		if h.v2, err = newUnified(at, controller); err != nil {
			return err
		}
		h.make, h.finish = append(h.make, h.v2.newPart), append(h.finish, h.v2.remove)
	} else if err := h.v2.enable(controller); err != nil {
		return err
	}
	switch controller {
	case "cpu":
		if err := write(h.v2.dir, "cpu.weight", strconv.Itoa(100*weight)); err != nil { // the default is 100, and 10,000 the most
			return err // and no group limits CPU: another mode does
		}
		h.v2.cpu = true
	case "memory":
		h.v2.memory = true
	}
	return nil
}

func newUnified(at mount, controller string) (*unified, error) {
	var why error
	for dir := at.own; ; dir = filepath.Dir(dir) {
		if handsOn(dir, controller) {
			u, err := unifiedIn(dir, controller)
			if err == nil {
				return u, nil
			}
			why = errors.Join(why, err)
		}
		if dir == at.point || len(dir) < len(at.point) {
			if why == nil {
				why = fmt.Errorf("no group around this process hands the controller %s on", controller)
			}
			return nil, why
		}
	}
}

// handsOn reports whether the groups below dir have a controller.
func handsOn(dir, controller string) bool {
	b, err := os.ReadFile(filepath.Join(dir, "cgroup.subtree_control"))
	return err == nil && strings.Contains(" "+strings.TrimSpace(string(b))+" ", " "+controller+" ")
}

func unifiedIn(dir, controller string) (*unified, error) {
	// A process is moved by whoever may write to the group above both places
	// ("Delegation Containment"); being born into a group is such a move.
	if err := unix.Access(filepath.Join(dir, "cgroup.procs"), unix.W_OK); err != nil {
		return nil, fmt.Errorf("write to %s: %w", filepath.Join(dir, "cgroup.procs"), err)
	}
	t, err := newTree(dir)
	if err != nil {
		return nil, err
	}
	u := &unified{tree: t}
	if err := u.enable(controller); err != nil {
		return nil, errors.Join(err, t.remove())
	}
	// The quota of processes costs nothing where it is to be had; of version 1, whose
	// controller pids has a hierarchy of its own, joining takes another 0.15 ms.
	u.pids = handsOn(dir, "pids") && u.enable("pids") == nil
	return u, nil
}

// enable hands a controller on to the groups of the tree.
func (u *unified) enable(controller string) error {
	if err := write(u.dir, "cgroup.subtree_control", "+"+controller); err != nil {
		return fmt.Errorf("hand the controller %s on: %w", controller, err)
	}
	return nil
}

// maxTasks is how many processes and threads a function may have: "Execution
// processes/threads" of https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
const maxTasks = 1024

// v2 is the group of one process.
type v2 struct {
	idle
	dir      string
	file     *os.File // the open folder, from enter on; nil before
	memoryMB int
	cpu      bool
	memory   bool
	pids     bool
	kills    *kills // with memory, from setUp on
}

func (u *unified) newPart(memoryMB int) (part, error) {
	dir, err := u.group()
	if err != nil {
		return nil, fmt.Errorf("make a control group: %w", err)
	}
	g := &v2{dir: dir, memoryMB: memoryMB, cpu: u.cpu, memory: u.memory, pids: u.pids}
	if err := g.setUp(); err != nil {
		return nil, errors.Join(err, g.close())
	}
	return g, nil
}

func (g *v2) setUp() error {
	var err error
	if g.cpu {
		err = write(g.dir, "cpu.weight", strconv.Itoa(100*share(g.memoryMB)))
	}
	if g.memory {
		err = errors.Join(err, write(g.dir, "memory.max", strconv.Itoa(g.memoryMB<<20)))
		// Not where swap is not counted.
		err = errors.Join(err, ignore(write(g.dir, "memory.swap.max", "0"), os.ErrNotExist))
		// One process of the group that is killed takes the others with it.
		err = errors.Join(err, write(g.dir, "memory.oom.group", "1"))
	}
	if g.pids {
		err = errors.Join(err, write(g.dir, "pids.max", strconv.Itoa(maxTasks)))
	}
	if g.memory && err == nil {
		g.kills, err = openKills(g.dir, "memory.events")
	}
	if err != nil {
		return fmt.Errorf("set up a control group: %w", err)
	}
	return nil
}

// enter has clone3(2) put the process into the group (CLONE_INTO_CGROUP).
func (g *v2) enter(attr *syscall.SysProcAttr) error {
	var err error
	if g.file, err = os.Open(g.dir); err != nil {
		return fmt.Errorf("join a control group: %w", err)
	}
	attr.UseCgroupFD, attr.CgroupFD = true, int(g.file.Fd())
	return nil
}

func (g *v2) throttle() error {
	if !g.cpu {
		return nil
	}
	if err := write(g.dir, "cpu.max", fmt.Sprintf("%d %d", quota(g.memoryMB).Microseconds(), period.Microseconds())); err != nil {
		return fmt.Errorf("set the CPU quota: %w", err)
	}
	return nil
}

// free cannot fail but for a group that is gone.
func (g *v2) free() {
	if g.cpu {
		_ = write(g.dir, "cpu.max", "max")
	}
}

func (g *v2) outOfMemory() bool {
	return g.kills != nil && g.kills.any()
}

func (g *v2) close() error {
	if g.kills != nil {
		g.kills.any()
		g.kills.close()
	}
	if g.file != nil {
		g.file.Close() // of a folder that is only looked at
	}
	return removeGroup(g.dir)
}
