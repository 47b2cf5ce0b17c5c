package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
)

// ErrNoNode is returned by Synth where the program node is not on the PATH.
var ErrNoNode = errors.New("node is not on the PATH, and the CDK library runs in it")

// PlatformContext is the context key that tells the construct which platform
// to build functions for in addition to the one that they ship for.
const PlatformContext = "coldcrank:platform"

// contextLimit is the size of the context from which on it is handed over in a
// file: an environment variable holds 128 KiB on Linux.
const contextLimit = 100 << 10

// SynthError is an app that ended with an error.
type SynthError struct {
	Command string
	Err     error
	Output  string // what it wrote to stderr, which progress got as it came
}

func (e *SynthError) Error() string { return fmt.Sprintf("synth: %s: %v", e.Command, e.Err) }

func (e *SynthError) Unwrap() error { return e.Err }

// LookupError is an app that needs context which only AWS can give.
type LookupError struct{ Keys []string }

func (e *LookupError) Error() string {
	return "synth: the app looks up what cdk.context.json does not have: " + strings.Join(e.Keys, ", ")
}

// Synth runs the app for this machine and returns the folder of the assembly,
// AssemblyDir. Extra context takes precedence, as the CDK CLI's -c does. What
// the app writes to stderr goes to progress, and into a *SynthError where the
// app ends with an error. Further errors: ErrNoNode, *LookupError.
//
// Functions are built for the machine at hand and, for hash and size, for the
// platform that they ship for. The folder is made beside the last one and takes
// its place at the end, so that two runs at once do not see half of it. Where
// cdk.json names a folder instead of a command, that is the assembly, and only
// StateDir is made.
func (a *App) Synth(ctx context.Context, extra map[string]string, progress io.Writer) (string, error) {
	if err := a.makeStateDir(); err != nil {
		return "", fmt.Errorf("synth: %w", err)
	}
	made := a.command
	if !filepath.IsAbs(made) {
		made = filepath.Join(a.Dir, made)
	}
	if isDir(made) {
		return made, checkLookups(made)
	}
	if _, err := exec.LookPath("node"); err != nil {
		return "", ErrNoNode
	}
	temporary, err := a.makeTemporary()
	if err != nil {
		return "", fmt.Errorf("synth: %w", err)
	}
	defer os.RemoveAll(temporary)
	if a.build != "" {
		if err := a.shell(ctx, a.build, []string{"TMPDIR=" + temporary}, progress); err != nil {
			return "", err
		}
	}
	out, err := os.MkdirTemp(a.StateDir(), "assembly-*")
	if err != nil {
		return "", fmt.Errorf("synth: %w", err)
	}
	defer os.RemoveAll(out)
	env, done, err := a.environment(out, temporary, extra)
	if err != nil {
		return "", fmt.Errorf("synth: %w", err)
	}
	defer done()
	if err := a.shell(ctx, a.command, env, progress); err != nil {
		return "", err
	}
	if err := checkLookups(out); err != nil {
		return "", err
	}
	if err := replaceDir(a.AssemblyDir(), out); err != nil {
		return "", fmt.Errorf("synth: %w", err)
	}
	return a.AssemblyDir(), nil
}

// quiet are settings that a user may have made, and that a run makes otherwise.
// The library checks the template with a validator that takes four seconds and
// is of use before a deployment, which is another command; and jsii draws a box
// about old Node versions at every start, as it does there.
var quiet = []struct{ name, value string }{
	{"CDK_VALIDATION", "false"},
	{"JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION", "18,20,22"},
}

// environment is what the CDK CLI adds to the app's environment, in
// aws-cdk 2.1148.1, writeContextToEnv and prepareDefaultEnvironment: the output folder and the
// context, which switches on the metadata by which assets are found. The folder
// for temporary files is ours.
func (a *App) environment(out, temporary string, extra map[string]string) (env []string, done func(), err error) {
	merged, err := a.mergedContext(extra)
	if err != nil {
		return nil, nil, err
	}
	maps.Copy(merged, map[string]any{
		"aws:cdk:enable-path-metadata":  true,
		"aws:cdk:enable-asset-metadata": true,
		"aws:cdk:bundling-stacks":       []string{"**"},
		PlatformContext:                 runtime.GOOS + "/" + runtime.GOARCH,
	})
	data, err := json.Marshal(merged)
	if err != nil {
		return nil, nil, err
	}
	env = []string{"CDK_OUTDIR=" + out, "TMPDIR=" + temporary}
	for _, v := range quiet {
		if os.Getenv(v.name) == "" {
			env = append(env, v.name+"="+v.value)
		}
	}
	if len(data) <= contextLimit {
		return append(env, "CDK_CONTEXT_JSON="+string(data)), func() {}, nil
	}
	file, err := os.CreateTemp(a.StateDir(), "context-*.json")
	if err != nil {
		return nil, nil, err
	}
	done = func() { os.Remove(file.Name()) }
	if _, err := file.Write(data); err != nil {
		file.Close()
		done()
		return nil, nil, err
	}
	if err := file.Close(); err != nil {
		done()
		return nil, nil, err
	}
	return append(env, "CONTEXT_OVERFLOW_LOCATION_ENV="+file.Name(), "CDK_CONTEXT_JSON={}"), done, nil
}

// lifeline is run by the shell around a command line. The command, whatever it
// starts in its process group included, ends when the other side of the pipe
// at descriptor 3 is closed, and thereby also when this process is killed.
const lifeline = `{ read _ <&3; kill -KILL 0; } >/dev/null 2>&1 & exec 3<&-; eval "$0"`

// shell runs a command line of cdk.json as the CDK CLI does, through a shell.
// The app's stdout is of no use to anybody and must not mix with ours.
func (a *App) shell(ctx context.Context, command string, env []string, progress io.Writer) error {
	held, hold, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("synth: %w", err)
	}
	defer hold.Close()
	defer held.Close()
	cmd := exec.CommandContext(ctx, "sh", "-c", lifeline, command)
	cmd.Dir = a.Dir
	cmd.Env = append(os.Environ(), env...)
	cmd.ExtraFiles = []*os.File{held}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 2 * time.Second
	var output bytes.Buffer
	cmd.Stderr = io.MultiWriter(&output, progress)
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return &SynthError{Command: command, Err: err, Output: strings.TrimSpace(output.String())}
	}
	return nil
}

// checkLookups reads what context is missing in the assembly and its stages.
func checkLookups(dir string) error {
	keys, err := missing(dir)
	if err != nil {
		return fmt.Errorf("synth: the app wrote no cloud assembly: %w", err)
	}
	if keys != nil {
		return &LookupError{keys}
	}
	return nil
}

// missing lists the missing context of an assembly. A stage is an assembly in
// a folder of it, which an artifact of the manifest names (aws-cdk's
// cloud-assembly-schema, NestedCloudAssemblyProperties).
func missing(dir string) (keys []string, err error) {
	file := filepath.Join(dir, "manifest.json")
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var manifest struct {
		Missing   []struct{ Key string }
		Artifacts map[string]struct {
			Type       string
			Properties struct{ DirectoryName string }
		}
	}
	if err := unmarshal(file, data, &manifest); err != nil {
		return nil, err
	}
	for _, m := range manifest.Missing {
		keys = append(keys, m.Key)
	}
	for _, id := range slices.Sorted(maps.Keys(manifest.Artifacts)) {
		artifact := manifest.Artifacts[id]
		if artifact.Type != "cdk:cloud-assembly" {
			continue
		}
		stage := artifact.Properties.DirectoryName
		if !filepath.IsLocal(stage) || filepath.Clean(stage) == "." {
			return nil, fmt.Errorf("%s: artifact %s: %q is no folder inside", file, id, stage)
		}
		more, err := missing(filepath.Join(dir, stage))
		if err != nil {
			return nil, err
		}
		keys = append(keys, more...)
	}
	slices.Sort(keys)
	return slices.Compact(keys), nil
}
