//go:build !unix

package hammer

import "math"

// freeFiles knows no limit here.
func freeFiles() (int, error) { return math.MaxInt, nil }
