//go:build !linux

// Package pagecache takes a file out of the page cache on Linux.
package pagecache

import "errors"

// Evict says that it cannot.
func Evict(string) error {
	return errors.New("files can be taken out of the page cache on Linux only")
}
