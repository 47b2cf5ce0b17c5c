package app

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// StackDiff is what `cdk diff` says of one stack.
type StackDiff struct {
	Stack string     `json:"stack"`
	State StackState `json:"state"`
	// Security is what it says of permissions and security groups, Text the rest.
	// Both are plain text, empty where nothing differs.
	Security string `json:"security,omitempty"`
	Text     string `json:"text,omitempty"`
}

// StackState says whether a stack is on one side only.
type StackState string

const (
	StackChanged   StackState = "changed"
	StackUnchanged StackState = "unchanged"
	StackNew       StackState = "new"
	StackRemoved   StackState = "removed"
)

// ErrNoCDK is returned by Diff where the CDK CLI is not there.
var ErrNoCDK = errors.New("the CDK CLI is not on the PATH")

// Diff asks the CDK CLI what differs between two cloud assemblies, stack by stack,
// in the order of their names. It asks AWS nothing: both sides are templates, and
// the CLI gets no credentials. Without a base, "", every stack is new. program is the
// CLI; empty for node_modules/.bin/cdk beside cdk.json or, failing that, cdk on the
// PATH.
// Errors: ErrNoCDK, an assembly that cannot be read, the CLI's own.
func (a *App) Diff(ctx context.Context, program, base, head string) ([]StackDiff, error) {
	program, err := a.cdk(program)
	if err != nil {
		return nil, err
	}
	var old map[string]string
	if base != "" {
		if old, err = stacks(base, ""); err != nil {
			return nil, err
		}
	}
	new, err := stacks(head, "")
	if err != nil {
		return nil, err
	}
	nothing, err := os.CreateTemp("", "coldcrank-*.template.json")
	if err != nil {
		return nil, err
	}
	defer os.Remove(nothing.Name())
	if _, err := nothing.WriteString("{}"); err != nil {
		return nil, err
	}
	if err := nothing.Close(); err != nil {
		return nil, err
	}
	names := map[string]bool{}
	for name := range maps.Keys(old) {
		names[name] = true
	}
	for name := range maps.Keys(new) {
		names[name] = true
	}
	var diffs []StackDiff
	for _, name := range slices.Sorted(maps.Keys(names)) {
		d := StackDiff{Stack: name, State: StackChanged}
		template, ok := old[name]
		if !ok {
			d.State, template = StackNew, nothing.Name()
		}
		if _, ok := new[name]; !ok {
			d.State = StackRemoved
		} else if d.Security, d.Text, err = cdkDiff(ctx, program, head, template, name); err != nil {
			return nil, err
		} else if d.Security == "" && d.Text == "" {
			d.State = StackUnchanged
		}
		diffs = append(diffs, d)
	}
	return diffs, nil
}

// cdk finds the CLI.
func (a *App) cdk(program string) (string, error) {
	if program != "" {
		return exec.LookPath(program)
	}
	if local := filepath.Join(a.Dir, "node_modules", ".bin", "cdk"); exists(local) {
		return local, nil
	}
	program, err := exec.LookPath("cdk")
	if err != nil {
		return "", ErrNoCDK
	}
	return program, nil
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

// stacks lists the stacks of an assembly, with those of its stages, by the path that
// the CLI names them by; the values are files with templates. Source: cloud
// assembly schema, artifacts of the types aws:cloudformation:stack and
// cdk:cloud-assembly.
func stacks(dir, stage string) (map[string]string, error) {
	var manifest struct {
		Artifacts map[string]struct {
			Type        string
			DisplayName string
			Properties  struct{ TemplateFile, DirectoryName string }
		}
	}
	file := filepath.Join(dir, "manifest.json")
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	if err := unmarshal(file, data, &manifest); err != nil {
		return nil, err
	}
	found := map[string]string{}
	for id, artifact := range manifest.Artifacts {
		switch artifact.Type {
		case "aws:cloudformation:stack":
			name := artifact.DisplayName
			if name == "" {
				name = stage + id
			}
			found[name] = filepath.Join(dir, filepath.Base(artifact.Properties.TemplateFile))
		case "cdk:cloud-assembly":
			nested, err := stacks(filepath.Join(dir, filepath.Base(artifact.Properties.DirectoryName)), stage+id+"/")
			if err != nil {
				return nil, err
			}
			maps.Copy(found, nested)
		}
	}
	return found, nil
}

// cdkDiff runs the CLI on one stack.
func cdkDiff(ctx context.Context, program, head, template, stack string) (security, text string, err error) {
	cmd := exec.CommandContext(ctx, program, "diff", "--app", head, "--template", template,
		"--exclusively", "--no-notices", "--no-version-reporting", "--no-color", "--no-change-set", stack)
	cmd.Env = append(slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "AWS_") }),
		"AWS_EC2_METADATA_DISABLED=true", "AWS_CONFIG_FILE="+os.DevNull, "AWS_SHARED_CREDENTIALS_FILE="+os.DevNull,
		"CDK_DISABLE_CLI_TELEMETRY=true", "CI=true") // with CI it writes to stdout
	out, err := cmd.Output()
	if err != nil {
		return "", "", fmt.Errorf("cdk diff of stack %s: %s", stack, lastLine(said(err)))
	}
	security, text = parseDiff(string(out))
	return security, text, nil
}

// lastLine is where a program says why it failed.
func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.TrimSpace(lines[len(lines)-1])
}

var (
	escape  = regexp.MustCompile(`\x1b\[[0-9;]*m`)
	section = regexp.MustCompile(`^[A-Z][A-Za-z ]*$`) // "Resources", "IAM Statement Changes", …
)

// parseDiff takes the CLI's output apart: sections begin with a heading of their
// own line. Those of IAM and of security groups come with a note that ends them.
func parseDiff(out string) (security, text string) {
	var parts [2]strings.Builder
	to := 1
	for line := range strings.SplitSeq(escape.ReplaceAllString(out, ""), "\n") {
		line = strings.TrimRight(line, " \t\r")
		switch {
		case strings.HasPrefix(line, "Stack "), strings.HasPrefix(line, "There were no differences"),
			strings.Contains(line, "Number of stacks with differences"), strings.HasPrefix(line, "(NOTE: There may be security-related"):
			continue
		case section.MatchString(line):
			to = 1
			if strings.HasPrefix(line, "IAM ") || strings.HasPrefix(line, "Security Group ") {
				to = 0
			}
		}
		parts[to].WriteString(line + "\n")
	}
	return strings.Trim(parts[0].String(), "\n"), strings.Trim(parts[1].String(), "\n")
}
