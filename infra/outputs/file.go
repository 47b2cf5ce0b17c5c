package outputs

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ExecutorKey is the key of the outputs file under which an executor that is
// not AWS says how it is reached. No stack can have this name: CloudFormation
// allows no colon.
const ExecutorKey = "coldcrank:executor"

// Executor says how the AWS API of an executor that is not AWS is reached.
// A file without one describes stacks on AWS, found by the SDK's own settings.
type Executor struct {
	Name     string `json:"name"`     // for example "local"
	Endpoint string `json:"endpoint"` // base URL of its AWS API, on loopback
	Platform string `json:"platform"` // that functions run on, in Go's words: linux/amd64

	// PollMS is the shortest time between two calls for logs, PatienceMS how
	// long to go on asking for logs that have not come; both milliseconds. What
	// Read gives is at most ten seconds and a quarter of an hour.
	PollMS     int `json:"pollMs"`
	PatienceMS int `json:"patienceMs"`

	// Certificate, in PEM, is what its APIs show where their URLs are https. They
	// are trusted by this and by nothing else, and nothing else is by this.
	Certificate string `json:"certificate,omitempty"`

	// Settings are copied into the tags of every result, so that results of
	// differing settings are never compared.
	Settings map[string]string `json:"settings,omitempty"`
}

// The most that an executor may ask for: a file must not be able to let a run wait
// for ever.
const (
	maxPollMS     = 10_000
	maxPatienceMS = 15 * 60_000
)

// bound keeps pace and patience within what is sane.
func (e *Executor) bound() (warnings []Warning) {
	for _, v := range []struct {
		key  string
		ms   *int
		most int
	}{{"pollMs", &e.PollMS, maxPollMS}, {"patienceMs", &e.PatienceMS, maxPatienceMS}} {
		if *v.ms > v.most {
			warnings = append(warnings, Warning{ExecutorKey, v.key, fmt.Sprintf("%d is taken as %d, the most that is waited", *v.ms, v.most)})
			*v.ms = v.most
		}
	}
	return warnings
}

// Poll is PollMS as a duration.
func (e Executor) Poll() time.Duration { return time.Duration(e.PollMS) * time.Millisecond }

// Patience is PatienceMS as a duration.
func (e Executor) Patience() time.Duration { return time.Duration(e.PatienceMS) * time.Millisecond }

// Target is one benchmark API as an outputs file describes it.
type Target struct {
	Stack, Name  string
	URL          string
	Route        string
	FunctionName string
	Alias        string
	Version      string
	FunctionLogs string
	AccessLogs   string
	DeploymentID string
	MemoryMB     int // 0 where the file does not say
	Architecture string
	Auth         string
	BurstLimit   int // requests at once that the API's stage admits; 0 where the file does not say
	RateLimit    int // requests a second that it admits; 0 where the file does not say
	Region       string
}

// String is the target's name as people and flags write it: Stack/Name.
func (t Target) String() string { return t.Stack + "/" + t.Name }

// File is what an outputs file holds for coldcrank.
type File struct {
	Targets  []Target // by stack, then by name
	Executor *Executor
	Warnings []Warning
}

// Warning is something in the file that looks like a target's and could not be
// read; reading goes on after it.
type Warning struct {
	Stack  string
	Output string // logical id; empty where the warning is about the whole stack
	Reason string
}

func (w Warning) String() string {
	if w.Output == "" {
		return fmt.Sprintf("stack %q: %s", w.Stack, w.Reason)
	}
	return fmt.Sprintf("stack %q, output %q: %s", w.Stack, w.Output, w.Reason)
}

// SyntaxError is a file that is not an outputs file.
type SyntaxError struct {
	Offset int64 // bytes read when the error was noticed; 0 where unknown
	Err    error
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("not an outputs file (at byte %d): %v", e.Offset, e.Err)
}

func (e *SyntaxError) Unwrap() error { return e.Err }

// ReadFile reads the outputs file of that name. Errors are those of Read, and
// of os.ReadFile; both name the file.
func ReadFile(name string) (*File, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	f, err := Read(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return f, nil
}

// Read finds the targets of an outputs file. It returns a *SyntaxError where
// the file is no JSON object, and r's own error where reading fails; a part
// that is not as expected is left out with a warning.
func Read(r io.Reader) (*File, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("read outputs: %w", err)
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	var stacks map[string]json.RawMessage
	if err := dec.Decode(&stacks); err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return nil, &SyntaxError{dec.InputOffset(), err}
	}
	if stacks == nil { // the JSON value null
		return nil, &SyntaxError{dec.InputOffset(), errors.New("no object")}
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, &SyntaxError{dec.InputOffset(), errors.New("something follows the object")}
	}
	f := new(File)
	for _, stack := range sortedKeys(stacks) {
		if stack == ExecutorKey {
			if err := json.Unmarshal(stacks[stack], &f.Executor); err != nil {
				return nil, &SyntaxError{0, fmt.Errorf("%s: %w", ExecutorKey, err)}
			}
			if f.Executor != nil { // null
				f.Warnings = append(f.Warnings, f.Executor.bound()...)
			}
			continue
		}
		f.readStack(stack, stacks[stack])
	}
	return f, nil
}

// FromStack finds the targets among the outputs of one stack, as CloudFormation
// answers with them: values by logical id.
func FromStack(stack string, values map[string]string) *File {
	f := new(File)
	f.find(stack, sortedKeys(values), func(id string) (string, bool) { return values[id], true })
	return f
}

func (f *File) readStack(stack string, data json.RawMessage) {
	var outs map[string]json.RawMessage
	if err := json.Unmarshal(data, &outs); err != nil || outs == nil { // null is nil
		f.Warnings = append(f.Warnings, Warning{stack, "", "its outputs are not an object"})
		return
	}
	f.find(stack, sortedKeys(outs), func(id string) (string, bool) {
		var value *string
		if err := json.Unmarshal(outs[id], &value); err != nil || value == nil { // null is nil
			return "", false
		}
		return *value, true
	})
}

// find takes the targets from a stack's outputs, whose logical ids are sorted.
// value is not ok for an output that is not a string.
func (f *File) find(stack string, ids []string, value func(id string) (v string, ok bool)) {
	groups := map[string]map[Field]string{}
	for _, id := range ids {
		name, field, ok := split(id)
		if _, ours := slices.BinarySearch(ids, LogicalID(name, DeploymentID)); !ok || !ours {
			continue // not ours, or merely ends like one of ours
		}
		v, ok := value(id)
		if !ok {
			f.Warnings = append(f.Warnings, Warning{stack, id, "its value is not a string"})
			continue
		}
		if groups[name] == nil {
			groups[name] = map[Field]string{}
		}
		groups[name][field] = v
	}
	for _, name := range sortedKeys(groups) {
		f.readTarget(stack, name, groups[name])
	}
}

// required are the fields without which nothing can be measured, or nothing said
// of what was measured. A function without an API has no URL.
var required = []Field{DeploymentID, FunctionName, Alias, FunctionLogs}

func (f *File) readTarget(stack, name string, values map[Field]string) {
	var missing []string
	for _, field := range required {
		if values[field] == "" {
			missing = append(missing, LogicalID(name, field))
		}
	}
	if missing != nil {
		f.Warnings = append(f.Warnings, Warning{stack, LogicalID(name, DeploymentID),
			"looks like a target's, but the stack has no " + strings.Join(missing, ", ")})
		return
	}
	if !stackName.MatchString(stack) || !targetName.MatchString(name) {
		f.Warnings = append(f.Warnings, Warning{stack, LogicalID(name, DeploymentID), "no stack, or no output of one, can have that name"})
		return
	}
	wrong := false
	for _, field := range fields {
		if v := values[field]; v != "" {
			if err := field.Check(v); err != nil {
				wrong = true
				f.Warnings = append(f.Warnings, Warning{stack, LogicalID(name, field), err.Error() + ": the target is left out"})
			}
		}
	}
	if wrong {
		return
	}
	t := Target{
		Stack: stack, Name: name,
		URL: values[URL], Route: values[Route],
		FunctionName: values[FunctionName], Alias: values[Alias], Version: values[Version],
		FunctionLogs: values[FunctionLogs], AccessLogs: values[AccessLogs],
		DeploymentID: values[DeploymentID], Architecture: values[Architecture],
		Auth: values[Auth], Region: values[Region],
	}
	number := func(field Field, what string) int {
		s, ok := values[field]
		if !ok {
			return 0
		}
		n, err := strconv.Atoi(s)
		if err != nil || n <= 0 {
			f.Warnings = append(f.Warnings, Warning{stack, LogicalID(name, field), fmt.Sprintf("%q is no %s", s, what)})
			return 0
		}
		return n
	}
	t.MemoryMB = number(MemorySize, "size in MB")
	t.BurstLimit = number(BurstLimit, "number of requests")
	t.RateLimit = number(RateLimit, "number of requests")
	f.Targets = append(f.Targets, t)
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
