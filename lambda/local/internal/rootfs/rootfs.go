// Package rootfs lays out the files that an execution environment sees on
// Lambda, in a mount namespace of its own:
//
//	/var/task   the code, read-only; the working directory
//	/opt        the layers, read-only
//	/tmp        its own and the only folder to write to, of a limited size
//
// Everything else is this machine's, read-only; /var holds nothing else. What
// is where: "Find the right path" of the documentation of each runtime, and
// "Lambda quotas" for /tmp,
// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
//
// It is no barrier against a program that wants out: users, processes and
// network are this machine's.
package rootfs

// Where an environment finds its files.
const (
	Task = "/var/task"
	Opt  = "/opt"
	Tmp  = "/tmp"
)

// View is what one environment sees.
type View struct {
	Task  string // folder to lie at /var/task
	Opt   string // folder to lie at /opt; empty: nothing lies there
	TmpMB int    // size of /tmp; writing more fails with ENOSPC
}
