package function

// Program is how the program of $LATEST is started by hand: see
// sandbox.Spec.Program.
func (f *Function) Program(runtimeAPI, tmp string) (path, dir string, env []string, memoryMB int) {
	f.mu.Lock()
	spec := f.spec(f.latest)
	f.mu.Unlock()
	path, dir, env = spec.Program(runtimeAPI, tmp)
	return path, dir, env, spec.MemoryMB
}
