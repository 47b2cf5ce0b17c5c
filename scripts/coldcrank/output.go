package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// stdoutName is the name by which flags mean stdout.
const stdoutName = "-"

// checkOutput reports why writeOutput would not get to a file. It leaves nothing
// behind, which could be taken for a change of the work tree.
func checkOutput(name string) error {
	if name == stdoutName {
		return nil
	}
	place, perm, err := outputPlace(name)
	if err != nil || perm == 0 {
		return err
	}
	temp, err := createBeside(place, perm)
	if err != nil {
		return err
	}
	if err := temp.Close(); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return os.Remove(temp.Name())
}

// writeOutput writes a whole file, or stdout. A file that is there is replaced when
// all of the new one is written, and else left as it was.
func writeOutput(name string, stdout io.Writer, text []byte) error {
	if name == stdoutName {
		_, err := stdout.Write(text)
		return err
	}
	place, perm, err := outputPlace(name)
	if err != nil {
		return err
	}
	if perm == 0 {
		return os.WriteFile(place, text, 0)
	}
	temp, err := createBeside(place, perm)
	if err != nil {
		return err
	}
	_, err = temp.Write(text)
	if closeErr := temp.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(temp.Name(), place)
	}
	if err != nil {
		os.Remove(temp.Name()) // of which the error says nothing new
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

// outputPlace is the file that a name leads to, and the permissions of the file that
// replaces it: none where it is a device or a pipe, which is written to and stays.
func outputPlace(name string) (place string, perm fs.FileMode, err error) {
	if name == "" {
		return "", 0, usagef("--output is empty: give a file, or - for stdout")
	}
	info, err := os.Stat(name)
	switch {
	case err != nil: // it is not there yet, or creating one beside it says why not
		return name, 0o644, nil
	case info.IsDir():
		return "", 0, usagef("--output %s is a folder: name a file", name)
	case !info.Mode().IsRegular():
		return name, 0, nil
	}
	place, err = filepath.EvalSymlinks(name)
	return place, info.Mode().Perm() | 0o200, err
}

// createBeside creates a file of a name that nothing has, in the folder of another.
func createBeside(name string, perm fs.FileMode) (*os.File, error) {
	for i := 0; ; i++ {
		temp := filepath.Join(filepath.Dir(name), fmt.Sprintf(".%s.%d-%d.tmp", filepath.Base(name), os.Getpid(), i))
		f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
		if err == nil || !errors.Is(err, fs.ErrExist) {
			var path *fs.PathError
			if errors.As(err, &path) { // whose name nobody has given
				err = fmt.Errorf("write %s: %w", name, path.Err)
			}
			return f, err
		}
	}
}
