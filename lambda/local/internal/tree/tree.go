// Package tree keeps folders whose content is not to change: sealed, they and
// all folders in them are read-only.
package tree

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Seal makes a folder read-only, with those in it.
func Seal(dir string) error { return chmod(dir, 0o555) }

// Remove removes a folder, sealed or not; none is there for "".
func Remove(dir string) error {
	// From the top down, so that what is in a folder can be removed. If somebody
	// else removes it too, all the better.
	if err := chmod(dir, 0o700); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return errors.Join(err, os.RemoveAll(dir))
	}
	return os.RemoveAll(dir)
}

func chmod(dir string, mode fs.FileMode) error {
	return filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		switch {
		case name != dir && errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil || !d.IsDir():
			return err
		}
		return os.Chmod(name, mode)
	})
}

// Copy makes a sealed copy of a folder, which holds folders, files and links only:
// a link is copied, not what it leads to. The content is on the disk when it returns. If the program forks meanwhile, a file
// of it may be busy for a moment yet (ETXTBSY): until the child has called exec
// it has open for writing what was when it was forked.
func Copy(from, to string) error {
	err := filepath.WalkDir(from, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rest, err := filepath.Rel(from, name)
		if err != nil {
			return err
		}
		at := filepath.Join(to, rest)
		switch {
		case d.IsDir():
			return os.Mkdir(at, 0o700)
		case d.Type()&fs.ModeSymlink != 0:
			to, err := os.Readlink(name)
			if err != nil {
				return err
			}
			return os.Symlink(to, at)
		}
		return copyFile(name, at)
	})
	if err != nil {
		return fmt.Errorf("copy %s: %w", from, err)
	}
	return Seal(to)
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return err
	}
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, info.Mode().Perm())
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	if err == nil {
		err = out.Sync()
	}
	return errors.Join(err, out.Close())
}
