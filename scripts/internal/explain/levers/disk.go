package levers

import (
	"context"
	"debug/elf"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/coldcrank/coldcrank/lambda/local"
	"github.com/coldcrank/coldcrank/scripts/internal/explain/start"
	"github.com/coldcrank/coldcrank/scripts/internal/pagecache"
)

// Disk is what a program starts later whose file is not in memory, as on AWS the first
// time: that is where size is felt. It is of this machine's disk, whose reads take
// other times than AWS's.
type Disk struct {
	Bytes  int64  `json:"bytes"` // of the executable for this machine
	Longer Effect `json:"longer"`
	// Smallest is nil where no smaller program could be built.
	Smallest *Smallest `json:"smallest,omitempty"`
}

// Smallest is the smallest of the programs that levers lead to.
type Smallest struct {
	Lever  string `json:"lever"`
	Bytes  int64  `json:"bytes"`
	Longer Effect `json:"longer"`
	Less   Effect `json:"less"` // by which that is less than the function's
}

// How often each program is started from the disk, and as often from memory: at least
// that, and at most that where intervals stay wider than a tenth of what is measured.
const (
	leastDisk = 20
	mostDisk  = 50
)

// disk starts the function, and the smallest of the variants if that is smaller, by turns
// from the disk and from memory. The error says why this machine cannot.
func (b *bench) disk(ctx context.Context, host *start.Host) (*Disk, error) {
	d := new(Disk)
	own := b.program
	f, err := elf.Open(own.Path)
	if err != nil {
		return nil, errors.New("it is no ELF file: what runs it stays in memory")
	}
	f.Close()
	if own.Path, d.Bytes, err = b.onDisk(own.Path); err != nil {
		return nil, err
	}
	programs := []local.Program{own}
	for _, t := range b.trials {
		info, err := os.Stat(b.programs[t.than].Path)
		if err != nil {
			return nil, err
		}
		if n := info.Size(); n < d.Bytes && (d.Smallest == nil || n < d.Smallest.Bytes) {
			d.Smallest = &Smallest{Lever: t.name, Bytes: n}
			programs = []local.Program{own, b.programs[t.than]}
		}
	}
	if d.Smallest != nil {
		if programs[1].Path, _, err = b.onDisk(programs[1].Path); err != nil {
			return nil, err
		}
	}
	warm, cold := make([][]start.Start, len(programs)), make([][]start.Start, len(programs))
	for turn := range mostDisk {
		if turn >= leastDisk && turn%10 == 0 && d.found(warm, cold) {
			break
		}
		for i := range programs {
			i = (i + turn) % len(programs)
			if err := pagecache.Evict(programs[i].Path); err != nil {
				return nil, fmt.Errorf("take files in %s out of the page cache: %w", filepath.Dir(b.dir), err)
			}
			for _, to := range []*[]start.Start{&cold[i], &warm[i]} { // the first start reads what the second needs
				one, err := host.Once(ctx, programs[i], start.Work{})
				if err != nil {
					return nil, err
				}
				*to = append(*to, one)
			}
		}
	}
	d.found(warm, cold)
	return d, nil
}

// found takes what starts have found, and reports whether that is settled.
func (d *Disk) found(warm, cold [][]start.Start) bool {
	d.Longer = single(apart(cold[0], warm[0]))
	settled := d.Longer.narrow()
	if d.Smallest != nil {
		d.Smallest.Longer = single(apart(cold[1], warm[1]))
		d.Smallest.Less = single(apart(apart(cold[0], warm[0]), apart(cold[1], warm[1])))
		settled = settled && d.Smallest.Less.narrow()
	}
	return settled
}

func (e Effect) narrow() bool { return e.High-e.Low <= settledShare*e.MS }

// single is the median of starts whose files are read anew for each, with its interval.
func single(all []start.Start) Effect {
	m := medianMS(all)
	return Effect{MS: m.P50, Low: m.Low, High: m.High, Starts: m.N}
}

// onDisk copies a program and waits until the disk has it: until then it stays in memory.
func (b *bench) onDisk(from string) (to string, bytes int64, err error) {
	program, err := os.ReadFile(from)
	if err != nil {
		return "", 0, err
	}
	to = filepath.Join(b.dir, "disk-"+filepath.Base(from))
	f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o755)
	if err != nil {
		return "", 0, err
	}
	_, err = f.Write(program)
	if err == nil {
		err = f.Sync()
	}
	return to, int64(len(program)), errors.Join(err, f.Close())
}
