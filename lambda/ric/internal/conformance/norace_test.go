//go:build !race

package conformance

var raced []string
