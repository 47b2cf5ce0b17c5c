package local

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"github.com/coldcrank/coldcrank/infra/outputs"
)

// Pace of a script that polls this executor. Logs are there as soon as the
// answer is, or a moment after it; patience covers a busy machine.
const (
	pollMS     = 5
	patienceMS = 5000
)

// Outputs are the stacks' outputs by stack and logical id, with local URLs in
// the place of the HTTP APIs' endpoints on AWS.
func (x *Executor) Outputs() map[string]map[string]string {
	now := x.current()
	stacks := make(map[string]map[string]string, len(now.outputs))
	for name, values := range now.outputs {
		stacks[name] = maps.Clone(values)
	}
	return stacks
}

// URL is the URL of a target's route. The target is named Stack/Name, or Name
// alone where that is clear. The error lists the targets that there are.
func (x *Executor) URL(target string) (string, error) {
	var found []outputs.Target
	var names []string
	for _, t := range x.current().targets {
		names = append(names, t.String())
		if t.String() == target {
			return t.URL, nil
		}
		if t.Name == target {
			found = append(found, t)
		}
	}
	switch {
	case len(found) == 1:
		return found[0].URL, nil
	case len(names) == 0:
		return "", fmt.Errorf("no target %q: the assembly has none", target)
	case len(found) == 0:
		return "", fmt.Errorf("no target %q: there is %s", target, strings.Join(names, ", "))
	}
	return "", fmt.Errorf("several targets are named %q: name the stack as well, of %s", target, strings.Join(names, ", "))
}

// ShippedCode is the folder with the code of a function as a deployment ships
// it, which is not what runs here where the assembly was made for this machine
// as well. ok is false for an unknown function and for code that is a zip file.
func (x *Executor) ShippedCode(functionName string) (dir string, ok bool) {
	dir, ok = x.current().code[functionName]
	return dir, ok
}

// settings is what distinguishes results of this executor from those of
// another way of running the same functions.
func (x *loaded) settings() map[string]string {
	return map[string]string{
		"simultaneousInits": strconv.Itoa(x.inits),
		"cpuQuota":          string(x.limits.CPU()),
		"memoryLimit":       string(x.limits.Memory()),
		"pageCache":         x.pageCache(),
		"isolation":         x.isolation(),
		"transport":         x.transport(),
	}
}

// transport is the scheme of the outputs' URLs.
func (s *site) transport() string {
	if s.options.TLS {
		return "https"
	}
	return "http"
}

// WriteOutputs writes the outputs as `cdk deploy --outputs-file` does, with an
// entry outputs.ExecutorKey that says how the executor is reached. The file
// appears under its name when it is whole.
func (x *Executor) WriteOutputs(file string) error {
	data, err := x.current().outputsFile()
	if err != nil {
		return err
	}
	if err := writeWhole(file, data); err != nil {
		return fmt.Errorf("write outputs: %w", err)
	}
	return nil
}

func (x *loaded) outputsFile() ([]byte, error) {
	content := map[string]any{
		outputs.ExecutorKey: outputs.Executor{
			Name: "local", Endpoint: x.endpoint, Platform: runtime.GOOS + "/" + runtime.GOARCH,
			PollMS: pollMS, PatienceMS: patienceMS, Certificate: string(x.certificate.pem), Settings: x.settings(),
		},
	}
	for stack, values := range x.outputs {
		content[stack] = values
	}
	data, err := json.MarshalIndent(content, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encode outputs: %w", err)
	}
	return append(data, '\n'), nil
}

// writeWhole writes under a temporary name and renames.
func writeWhole(file string, data []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(file), filepath.Base(file)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(f.Name()) // the error that is returned came first
		}
	}()
	if _, err = f.Write(data); err != nil {
		f.Close()
		return err
	}
	if err = f.Close(); err != nil {
		return err
	}
	if err = os.Chmod(f.Name(), 0o644); err != nil {
		return err
	}
	return os.Rename(f.Name(), file)
}
