// Package phases says where the time of a cold start goes on this machine, without
// changing the function: provision, runtime, package inits, and main until the first
// invocation is asked for.
//
// The program is started many times. Every other start runs under ptrace(2), which
// stops it where a phase ends; the starts between run freely, and what they take is
// what the phases are held against.
package phases

// Phases is a cold start, taken apart. Durations are means over the middle half of the
// starts of a kind, by what they take: a few slow ones do not count, and parts add up.
type Phases struct {
	Starts int `json:"starts"` // of each kind
	// InitNS is what a free start takes, from just before the call that spawns the
	// program until its request for the first invocation arrives: Init Duration as the
	// local executor takes it.
	InitNS int64 `json:"init_ns"`
	// Ahead says that starts did not wait for a processor that other work had: see
	// goAhead.
	Ahead bool `json:"ahead_of_other_work"`
	// Phases are in their order in time; their sum is held against InitNS.
	Phases []Phase `json:"phases"`
	// StopNS is what one stop under ptrace costs. It is measured at each start, and
	// taken off the phases.
	StopNS int64 `json:"stop_ns"`
	// Agreement says whether the sum of the phases is what a free start takes; nil for
	// too few starts to tell.
	Agreement *Agreement `json:"sum_to_measured,omitempty"`
	// Whole says why the time after provision is one phase; empty for a Go program.
	Whole string `json:"whole,omitempty"`
	// Packages are what inits of packages cost, those of Go's runtime among them, the
	// longest first. It is nil for another program than Go's.
	Packages []Package `json:"packages,omitempty"`
}

// Names of phases.
const (
	Provision = "provision"           // the spawning call until its exec has ended
	Runtime   = "runtime"             // Go's runtime until the program's first package init
	Inits     = "package inits"       // until main.main
	Main      = "main until /next"    // until the first invocation is asked for
	Rest      = "program until /next" // all after provision, of a program that is not Go's
)

// Phase is a part of a start.
type Phase struct {
	Name string `json:"name"`
	NS   int64  `json:"ns"`
	// LoadNS is how much of NS goes to loading the executable: what the phase takes less
	// when all pages are mapped beforehand, which are in the page cache. It is nil where
	// the kernel cannot do that.
	LoadNS *int64 `json:"load_ns,omitempty"`
	// Faults are page faults without reading, MajorFaults those that read from the
	// disk; ReadBytes is what was read from it, nil where the kernel does not say. They
	// are means over the starts.
	Faults      float64  `json:"faults"`
	MajorFaults float64  `json:"major_faults"`
	ReadBytes   *float64 `json:"read_bytes,omitempty"`
}

// Package is what the init of a Go package costs, as Go's runtime counts it
// (https://pkg.go.dev/runtime, GODEBUG=inittrace=1), in starts of its own.
type Package struct {
	Path   string `json:"package"`
	NS     int64  `json:"ns"`
	Bytes  int64  `json:"bytes"`
	Allocs int64  `json:"allocs"`
}

// SumNS is the sum of the phases.
func (x *Phases) SumNS() int64 {
	var sum int64
	for _, p := range x.Phases {
		sum += p.NS
	}
	return sum
}

// LoadNS is the phases' sum of loading; nil where it is not known.
func (x *Phases) LoadNS() *int64 {
	var sum *int64
	for _, p := range x.Phases {
		if p.LoadNS != nil {
			if sum == nil {
				sum = new(int64)
			}
			*sum += *p.LoadNS
		}
	}
	return sum
}
