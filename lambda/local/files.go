package local

import (
	"fmt"

	"github.com/coldcrank/coldcrank/lambda/local/internal/pagecache"
)

// isolation says which files environments see: those of rootfs, or the
// machine's, with a TMPDIR of their own.
func (s *site) isolation() string {
	if s.isolated {
		return "mount namespace"
	}
	return "process"
}

// startCold has environments start from the disk, if that can be.
func (s *site) startCold() {
	if s.warm = pagecache.Evictable(s.folder.dir); s.warm == nil {
		s.cold = new(pagecache.Tally)
	}
}

func (x *loaded) warnColdDisk() {
	if x.warm != nil {
		x.warnings = append(x.warnings, fmt.Sprintf("page cache: %v: environments start from memory; TMPDIR may name a folder on a disk", x.warm))
	}
}

// pageCache says from where environments start. "Evicted" is what was seen to
// work on a file beside the functions'; see Evictions for each start.
func (s *site) pageCache() string {
	switch {
	case s.cold != nil:
		return "evicted"
	case s.warm != nil:
		return "warm (cannot be evicted here)"
	}
	return "warm"
}

// Evictions are how many times an environment was started from the disk
// (Options.ColdDisk), and how many of these had pages in memory nevertheless.
func (x *Executor) Evictions() (starts, partial int) {
	if x.site.cold == nil {
		return 0, 0
	}
	return x.site.cold.Counts()
}
