package function

// Program is how the program of $LATEST is started by hand: see
// sandbox.Spec.Program.
//
// foreign says why this machine cannot run it; nil where it can.
func (f *Function) Program(runtimeAPI, tmp string) (path, dir string, env []string, memoryMB int, foreign error) {
	f.mu.Lock()
	spec := f.spec(f.latest)
	f.mu.Unlock()
	path, dir, env = spec.Program(runtimeAPI, tmp)
	return path, dir, env, spec.MemoryMB, f.code.foreign
}
