package sandbox

import "time"

// Program is how a process of the Spec is started without an environment around
// it: against the Runtime API that listens at an address, with a folder for its
// temporary files and without a mount namespace.
func (s Spec) Program(runtimeAPI, tmp string) (path, dir string, env []string) {
	s.Isolated, s.Cold = false, nil
	e := &Environment{spec: s, stream: streamName(s, time.Now()), dir: tmp}
	return e.bootstrap(), e.taskRoot(), e.environ(runtimeAPI)
}
