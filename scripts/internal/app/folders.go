package app

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

func (a *App) makeStateDir() error {
	if err := os.MkdirAll(a.StateDir(), 0o755); err != nil {
		return err
	}
	// A synth that was killed left its folders. One that is an hour old is not
	// under way any more.
	left, err := filepath.Glob(filepath.Join(a.StateDir(), "*-*"))
	if err != nil {
		return err
	}
	for _, name := range left {
		if info, err := os.Stat(name); err == nil && time.Since(info.ModTime()) > time.Hour {
			if err := os.RemoveAll(name); err != nil {
				return err
			}
		}
	}
	return os.WriteFile(filepath.Join(a.StateDir(), ".gitignore"), []byte("*\n"), 0o644)
}

// maxStateDir is the longest StateDir that has the app's temporary files in it.
// Programs make Unix sockets among them, whose names end at 103 bytes on macOS
// (Linux 107): that leaves 39 for the folder's own name and what is in it.
const maxStateDir = 64

// makeTemporary makes the folder for the app's temporary files: Go's, Node's and
// the construct's stay behind when the app is killed, and go with the folder. If
// this process is killed too, the next one's makeStateDir removes it.
func (a *App) makeTemporary() (string, error) {
	parent := a.StateDir()
	if len(parent) > maxStateDir {
		parent = os.TempDir()
	}
	return os.MkdirTemp(parent, "synth-*")
}

// replaceDir puts fresh in the place of old. Others may do the same with folders
// of their own: each is there whole, and the last one stays.
func replaceDir(old, fresh string) error {
	aside := fresh + "-old" // as unique as fresh, and swept like it
	for {
		if err := os.Rename(old, aside); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		err := os.Rename(fresh, old)
		if err := os.RemoveAll(aside); err != nil {
			return err
		}
		if !errors.Is(err, fs.ErrExist) {
			return err
		}
		// Somebody was faster: theirs is the old one now.
	}
}

func isDir(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}
