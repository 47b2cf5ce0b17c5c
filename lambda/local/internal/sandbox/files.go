package sandbox

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/coldcrank/coldcrank/lambda/local/internal/rootfs"
)

// makeDir makes the environment's own folder before the first process, if it
// needs one. Close removes it, and lets none be made afterwards.
func (e *Environment) makeDir() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return ErrClosed
	}
	if e.dir != "" || e.spec.Isolated {
		return nil
	}
	var err error
	if e.dir, err = os.MkdirTemp(e.spec.TempDir, "env-"); err != nil {
		return fmt.Errorf("make the environment's temporary folder: %w", err)
	}
	return nil
}

// taskRoot is where the process finds its code.
func (e *Environment) taskRoot() string {
	if e.spec.Isolated {
		return rootfs.Task
	}
	return e.spec.TaskRoot
}

// seen is where this machine has a folder of the code or of the layers that the
// process knows by another name, and the name itself of any other.
func (e *Environment) seen(name string) string {
	for at, dir := range map[string]string{rootfs.Task: e.spec.TaskRoot, rootfs.Opt: e.spec.Opt} {
		rest, ok := strings.CutPrefix(name, at)
		switch {
		case !ok || !e.spec.Isolated:
		case dir == "":
			return "" // nowhere
		default:
			return dir + rest
		}
	}
	return name
}

// bootstrap is the program to start: the code's, else the layers'. The order is
// that of Lambda's emulator (aws/aws-lambda-runtime-interface-emulator,
// cmd/aws-lambda-rie/main.go), where the documentation only says that either
// may hold it ("Building a custom runtime for AWS Lambda").
func (e *Environment) bootstrap() string {
	const name = "bootstrap"
	if e.spec.Isolated && e.spec.Opt != "" {
		if _, err := os.Stat(filepath.Join(e.spec.TaskRoot, name)); err != nil {
			return filepath.Join(rootfs.Opt, name)
		}
	}
	return filepath.Join(e.taskRoot(), name)
}

// onThread runs f on a thread that it keeps for as long as it runs, and that
// sees the files of the environment.
func (e *Environment) onThread(f func(error)) {
	if e.spec.Isolated {
		rootfs.Go(func() { f(e.enter()) })
		return
	}
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		f(nil)
	}()
}

// enter gives the thread the environment's namespace, and the environment one
// if it has none. /tmp stays as the last process left it: "Init phase" and
// "Failures during invoke" of the lifecycle page.
func (e *Environment) enter() error {
	e.mu.Lock()
	files := e.files
	e.mu.Unlock()
	var err error
	if files != nil {
		err = rootfs.Join(files)
	} else {
		err = rootfs.View{Task: e.spec.TaskRoot, Opt: e.spec.Opt, TmpMB: e.spec.TmpMB}.Enter()
	}
	if err != nil {
		// Without the cause's number: a missing mount point is not a missing
		// bootstrap.
		return fmt.Errorf("lay out the environment's files: %v", err)
	}
	return nil
}

// keepFiles holds the thread's namespace for the next process: it is gone with
// the thread otherwise. While a process lives, the thread does.
func (e *Environment) keepFiles() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.spec.Isolated || e.closed || e.files != nil {
		return nil
	}
	var err error
	if e.files, err = rootfs.Current(); err != nil {
		return fmt.Errorf("keep the environment's /tmp: %w", err)
	}
	return nil
}

// lost says why /tmp is not as the last process left it; nil where it is.
func (e *Environment) lost() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.process == nil {
		return nil
	}
	return e.process.lost
}

// dropFiles lets go of what keepFiles holds.
func (e *Environment) dropFiles() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.files != nil {
		e.files.Close() // of a descriptor that is only read: nothing can be lost
		e.files = nil
	}
}
