package limits

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"
)

// kills is a group's count of processes that were killed for its memory limit. Every
// request asks for it: the file stays open.
type kills struct {
	file *os.File
	seen atomic.Bool // as far as it was asked
}

// openKills opens the count in a group's file; the kernel may have none.
func openKills(dir, file string) (*kills, error) {
	f, err := os.Open(filepath.Join(dir, file))
	if err != nil {
		return nil, err
	}
	k := &kills{file: f}
	if _, err := k.count(); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return k, nil
}

func (k *kills) count() (int, error) {
	const name = "oom_kill"
	var text [512]byte // some short lines
	n, err := k.file.ReadAt(text[:], 0)
	if err != nil && err != io.EOF {
		return 0, err
	}
	for line := range bytes.Lines(text[:n]) {
		if f := bytes.Fields(line); len(f) == 2 && string(f[0]) == name {
			return strconv.Atoi(string(f[1]))
		}
	}
	return 0, fmt.Errorf("%s has no %s", k.file.Name(), name)
}

// any reports whether there was one. The kernel counts before it kills. After close
// it is what it was when last asked.
func (k *kills) any() bool {
	if n, err := k.count(); err == nil && n > 0 { // an error: it is closed
		k.seen.Store(true)
	}
	return k.seen.Load()
}

func (k *kills) close() { k.file.Close() } // nothing was written
