package rootfs

import (
	"errors"
	"os"
)

var errLinux = errors.New("mount namespaces are Linux's")

// Permitted says why a View cannot be laid out here: macOS has no namespaces.
func Permitted() error { return errLinux }

// Enter is not permitted.
func (v View) Enter() error { return errLinux }

// Of is not permitted.
func Of(thread int) (*os.File, error) { return nil, errLinux }

// Join is not permitted.
func Join(ns *os.File) error { return errLinux }
