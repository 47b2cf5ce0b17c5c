package local

import (
	"fmt"

	"github.com/coldcrank/coldcrank/lambda/local/internal/pagecache"
)

// isolation says which files environments see: those of rootfs, or the
// machine's, with a TMPDIR of their own.
func (x *Executor) isolation() string {
	if x.isolated {
		return "mount namespace"
	}
	return "process"
}

// startCold has environments start from the disk, if that can be.
func (x *Executor) startCold() {
	if x.warm = pagecache.Evictable(x.folder.dir); x.warm != nil {
		x.warnings = append(x.warnings, fmt.Sprintf("page cache: %v: environments start from memory; TMPDIR may name a folder on a disk", x.warm))
		return
	}
	x.cold = new(pagecache.Tally)
}

// pageCache says from where environments start. "Evicted" is what was seen to
// work on a file beside the functions'; see Evictions for each start.
func (x *Executor) pageCache() string {
	switch {
	case x.cold != nil:
		return "evicted"
	case x.warm != nil:
		return "warm (cannot be evicted here)"
	}
	return "warm"
}

// Evictions are how many times an environment was started from the disk
// (Options.ColdDisk), and how many of these had pages in memory nevertheless.
func (x *Executor) Evictions() (starts, partial int) {
	if x.cold == nil {
		return 0, 0
	}
	return x.cold.Counts()
}
