package local

import (
	"fmt"
	"os"

	"github.com/coldcrank/coldcrank/lambda/local/internal/function"
)

// Program is a function's program as an execution environment would start it, for
// who wants to look into its init: without a mount namespace, limits and a gate.
type Program struct {
	Path     string // executable for this machine
	Dir      string // working directory, with the code
	Env      []string
	MemoryMB int
	// Foreign says why this machine cannot run Path, which Options.Inspect allows; nil
	// where it can.
	Foreign error
}

// Program tells how a function's program is started by hand: against the Runtime
// API that listens at an address, with a folder for its temporary files. The error
// names the function if none of that name runs here, and says why as far as that is
// known.
func (x *Executor) Program(functionName, runtimeAPI, tmp string) (Program, error) {
	now := x.current()
	for _, f := range now.functions {
		if f.Name() == functionName {
			return programOf(f, runtimeAPI, tmp)
		}
	}
	if err := now.refused[functionName]; err != nil {
		return Program{}, err
	}
	return Program{}, fmt.Errorf("function %s: none of that name runs here", functionName)
}

func programOf(f *function.Function, runtimeAPI, tmp string) (Program, error) {
	path, dir, env, memoryMB, foreign := f.Program(runtimeAPI, tmp)
	if _, err := os.Stat(path); err != nil {
		return Program{}, fmt.Errorf("function %s: %w", f.Name(), err)
	}
	return Program{Path: path, Dir: dir, Env: env, MemoryMB: memoryMB, Foreign: foreign}, nil
}
