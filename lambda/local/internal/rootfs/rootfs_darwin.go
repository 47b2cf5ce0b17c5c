package rootfs

import (
	"errors"
	"os"
)

var errLinux = errors.New("mount namespaces are Linux's")

// Permitted says why a View cannot be laid out here: macOS has no namespaces.
func Permitted() error { return errLinux }

// Go cannot be of use where nothing is permitted.
func Go(f func()) { go f() }

// Enter is not permitted.
func (v View) Enter() error { return errLinux }

// Current is not permitted.
func Current() (*os.File, error) { return nil, errLinux }

// Join is not permitted.
func Join(ns *os.File) error { return errLinux }
