// Package app makes cloud assemblies: it runs the CDK app that a cdk.json
// names, with the context that the CDK CLI would give it.
//
// It deploys nothing and asks AWS nothing. Context that a lookup would have to
// fetch is named in an error together with the command that fetches it.
package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// ErrNotFound is returned by Find where neither the directory nor a parent of
// it has a cdk.json.
var ErrNotFound = errors.New("no cdk.json here or in a parent directory")

// App is a CDK app: a directory with a cdk.json.
type App struct {
	Dir string // absolute

	command string         // the key "app": a shell command, or a directory with an assembly
	build   string         // the key "build": a shell command that runs before; may be empty
	context map[string]any // of cdk.json
}

// Find returns the app whose cdk.json is in dir or, failing that, in the
// nearest parent. Errors: ErrNotFound; a cdk.json that cannot be read.
func Find(dir string) (*App, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	for {
		data, err := os.ReadFile(filepath.Join(dir, "cdk.json"))
		if err == nil {
			return parse(dir, data)
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return nil, ErrNotFound
		}
		dir = parent
	}
}

func parse(dir string, data []byte) (*App, error) {
	var config struct {
		App     string         `json:"app"`
		Build   string         `json:"build"`
		Context map[string]any `json:"context"`
	}
	file := filepath.Join(dir, "cdk.json")
	if err := unmarshal(file, data, &config); err != nil {
		return nil, err
	}
	if config.App == "" {
		return nil, fmt.Errorf(`%s: it names no "app" to run`, file)
	}
	return &App{Dir: dir, command: config.App, build: config.Build, context: config.Context}, nil
}

// Command is "app" of cdk.json: a shell command, or the folder of an assembly.
func (a *App) Command() string { return a.command }

// Build is "build" of cdk.json, a shell command that runs before; it may be empty.
func (a *App) Build() string { return a.build }

// StateDir is the folder beside cdk.json that coldcrank keeps what it makes
// in. It ignores itself in git. No deploy ever reads it.
func (a *App) StateDir() string { return filepath.Join(a.Dir, ".coldcrank") }

// AssemblyDir is where Synth puts the assembly for this machine, and where the
// last one still is.
func (a *App) AssemblyDir() string { return filepath.Join(a.StateDir(), "assembly") }

// mergedContext is the context as the CDK CLI merges it: the command line
// before cdk.json before cdk.context.json before the user's own ~/.cdk.json.
// Source: aws-cdk 2.1148.1, lib/cli/user-configuration, the contextSources of Configuration.load.
func (a *App) mergedContext(commandLine map[string]string) (map[string]any, error) {
	merged := map[string]any{}
	if home, err := os.UserHomeDir(); err == nil {
		var user struct {
			Context map[string]any `json:"context"`
		}
		if err := readJSON(filepath.Join(home, ".cdk.json"), &user); err != nil {
			return nil, err
		}
		for k, v := range user.Context {
			merged[k] = v
		}
	}
	var looked map[string]any
	if err := readJSON(filepath.Join(a.Dir, "cdk.context.json"), &looked); err != nil {
		return nil, err
	}
	for k, v := range looked {
		merged[k] = v
	}
	for k, v := range a.context {
		merged[k] = v
	}
	for k, v := range commandLine {
		merged[k] = v
	}
	return merged, nil
}

// readJSON reads a file that need not exist.
func readJSON(file string, v any) error {
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return unmarshal(file, data, v)
}

// unmarshal reads an object. Its errors are in words of JSON: encoding/json has
// the names of Go types in its own.
func unmarshal(file string, data []byte, v any) error {
	err := json.Unmarshal(data, v)
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		if wrong.Field == "" {
			return fmt.Errorf("%s: not a JSON object", file)
		}
		return fmt.Errorf("%s: %s is of the wrong type, %s", file, wrong.Field, wrong.Value)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return nil
}
