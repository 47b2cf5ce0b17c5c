//go:build !linux

package boot

import "errors"

var errLinux = errors.New("functions are programs for Linux")

// A Booter is there on Linux only.
type Booter struct{}

// Open says that it is not there.
func Open() (*Booter, error) { return nil, errLinux }

// Close does nothing.
func (*Booter) Close() error { return nil }

// Run is not reached.
func (*Booter) Run(string, bool) (Start, error) { return Start{}, errLinux }
