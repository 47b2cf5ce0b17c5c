//go:build race

package conformance

// raced are the flags with which the function on lambda/ric is built: the race
// detector is of use in the program, not in the test.
var raced = []string{"-race"}
