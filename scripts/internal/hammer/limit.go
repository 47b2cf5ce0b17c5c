package hammer

import "fmt"

// spare is how many descriptors are left to the rest of the process: files of
// results, connections to AWS.
const spare = 32

// A LimitError refuses a burst for which this process may not open enough
// files (RLIMIT_NOFILE). The Go runtime has raised the soft limit to the hard
// one when the process started.
type LimitError struct {
	Requested int // simultaneous requests that were asked for
	Fits      int // simultaneous requests that would fit
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("%d simultaneous requests need more open files than this process may have; %d fit (raise the hard limit of RLIMIT_NOFILE, or send fewer)", e.Requested, e.Fits)
}
