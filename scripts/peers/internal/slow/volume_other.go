//go:build !linux

package slow

import "errors"

// A Volume is there on Linux only.
type Volume struct{}

// Mount says that there is none.
func Mount(string, map[string]string, Speed) (*Volume, error) {
	return nil, errors.New("there is a slow volume on Linux only")
}

// Read is nothing.
func (*Volume) Read() int { return 0 }

// Close does nothing.
func (*Volume) Close() error { return nil }

// Unmount does nothing.
func Unmount(string) error { return nil }
