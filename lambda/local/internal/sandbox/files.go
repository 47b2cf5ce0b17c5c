package sandbox

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/coldcrank/coldcrank/lambda/local/internal/pagecache"
	"github.com/coldcrank/coldcrank/lambda/local/internal/rootfs"
	"github.com/coldcrank/coldcrank/lambda/local/internal/tree"
)

// makeFiles makes what the environment has of its own before the first process.
// Close removes it, and lets none be made afterwards.
func (e *Environment) makeFiles() error {
	if e.spec.Cold != nil {
		e.spec.Gate.disk.Lock()
		defer e.spec.Gate.disk.Unlock()
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return ErrClosed
	}
	var err error
	if e.dir == "" && !e.spec.Isolated {
		if e.dir, err = os.MkdirTemp(e.spec.TempDir, "env-"); err != nil {
			return fmt.Errorf("make the environment's temporary folder: %w", err)
		}
	}
	if e.copies == "" && e.spec.Cold != nil {
		e.copies, err = e.copyFiles()
	}
	return err
}

// chill takes the environment's files out of the page cache. Until initialized is
// called, no other environment makes or evicts its own.
func (e *Environment) chill() (initialized func(), err error) {
	if e.spec.Cold == nil {
		return func() {}, nil
	}
	disk := &e.spec.Gate.disk
	disk.Lock()
	p, err := pagecache.Evict(e.copies)
	disk.Unlock()
	if err != nil {
		return nil, err
	}
	e.spec.Cold.Add(p)
	disk.RLock()
	return disk.RUnlock, nil
}

// copyFiles gives the environment code and layers that no other environment
// runs: what a program has mapped stays in the page cache.
func (e *Environment) copyFiles() (string, error) {
	dir, err := os.MkdirTemp(e.spec.TempDir, "cold-")
	if err != nil {
		return "", fmt.Errorf("make a folder for the environment's code: %w", err)
	}
	err = tree.Copy(e.spec.TaskRoot, filepath.Join(dir, coldTask))
	if err == nil && e.spec.Opt != "" {
		err = tree.Copy(e.spec.Opt, filepath.Join(dir, coldOpt))
	}
	if err != nil {
		return "", errors.Join(err, tree.Remove(dir))
	}
	return dir, nil
}

// Copies of code and layers within Environment.copies.
const (
	coldTask = "task"
	coldOpt  = "opt"
)

// code is the folder with the code that the process runs.
func (e *Environment) code() string {
	if e.copies != "" {
		return filepath.Join(e.copies, coldTask)
	}
	return e.spec.TaskRoot
}

// layers is the folder with the layers; empty: there are none.
func (e *Environment) layers() string {
	if e.copies != "" && e.spec.Opt != "" {
		return filepath.Join(e.copies, coldOpt)
	}
	return e.spec.Opt
}

// taskRoot is where the process finds its code.
func (e *Environment) taskRoot() string {
	if e.spec.Isolated {
		return rootfs.Task
	}
	return e.code()
}

// seen is where this machine has a folder of the code or of the layers that the
// process knows by another name, and the name itself of any other.
func (e *Environment) seen(name string) string {
	for at, dir := range map[string]string{rootfs.Task: e.code(), rootfs.Opt: e.layers()} {
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
// internal/lambda/rie/run.go), where the documentation only says that either
// may hold it ("Building a custom runtime for AWS Lambda").
func (e *Environment) bootstrap() string {
	const name = "bootstrap"
	if e.spec.Isolated && e.spec.Opt != "" {
		if _, err := os.Stat(filepath.Join(e.code(), name)); err != nil {
			return filepath.Join(rootfs.Opt, name)
		}
	}
	return filepath.Join(e.taskRoot(), name)
}

// enterFiles lets the thread, and what it forks, see the environment's files.
// /tmp is as the last process left it: a reset does not clear it ("Failures
// during the Invoke phase" of the lifecycle page).
func (e *Environment) enterFiles() error {
	if !e.spec.Isolated {
		return nil
	}
	kept, err := e.joinFiles()
	if !kept {
		err = rootfs.View{Task: e.code(), Opt: e.layers(), TmpMB: e.spec.TmpMB}.Enter()
	}
	if err != nil {
		// Without the cause's number: a missing mount point is not a missing
		// bootstrap.
		return fmt.Errorf("lay out the environment's files: %v", err)
	}
	return nil
}

// joinFiles enters the namespace that keepFiles holds, if it does. Nobody lets go of it
// meanwhile.
func (e *Environment) joinFiles() (kept bool, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.files == nil {
		return false, nil
	}
	return true, rootfs.Join(e.files)
}

// keepFiles holds the namespace of a process's thread for the next process: it is
// gone with the thread otherwise. While a process lives, the thread does.
func (e *Environment) keepFiles(s *spawner) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.spec.Isolated || e.closed || e.files != nil {
		return nil
	}
	var err error
	if e.files, err = s.files(); err != nil {
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
