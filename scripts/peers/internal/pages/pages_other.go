//go:build !linux

// Package pages takes a file out of the page cache on Linux.
package pages

import "errors"

// Evict says that it cannot.
func Evict(string) error {
	return errors.New("files can be taken out of the page cache on Linux only")
}
