// Package subject is the function whose cold start is explained: its executables
// and how they are started.
package subject

import "github.com/coldcrank/coldcrank/lambda/local"

// Subject is a target's function.
type Subject struct {
	Target       string // Stack/Name
	MemoryMB     int
	Architecture string // arm64 or x86_64, of what is shipped
	Runtime      string // as the template says; empty: an image
	Region       string // that of the template, us-east-1 where it leaves it open
	Route        string // such as GET /health
	Local        string // executable for this machine
	Shipped      string // executable as a deployment ships it; may be the same file
	Dir          string // of the CDK app's module, where the go command knows the source
	// Foreign says why this machine cannot run Local; nil where it can.
	Foreign error
	// Program tells how Local is started against a Runtime API at host:port, with a
	// folder for its temporary files.
	Program func(runtimeAPI, tmp string) (local.Program, error)
}
