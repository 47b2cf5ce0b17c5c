package local

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/coldcrank/coldcrank/infra/outputs"
)

// Pace of a script that polls this executor. Logs are there as soon as the
// answer is, or a moment after it; patience covers a busy machine.
const (
	pollMS     = 5
	patienceMS = 5000
)

// WriteOutputs writes the outputs as `cdk deploy --outputs-file` does, with an
// entry outputs.ExecutorKey that says how the executor is reached. The file
// appears under its name when it is whole.
func (x *Executor) WriteOutputs(file string) error {
	data, err := x.outputsFile()
	if err != nil {
		return err
	}
	if err := writeWhole(file, data); err != nil {
		return fmt.Errorf("write outputs: %w", err)
	}
	return nil
}

func (x *Executor) outputsFile() ([]byte, error) {
	content := map[string]any{
		outputs.ExecutorKey: outputs.Executor{
			Name: "local", Endpoint: x.endpoint, PollMS: pollMS, PatienceMS: patienceMS, Settings: x.settings(),
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
