package function

import (
	"cmp"
	"encoding/json"
	"slices"

	"github.com/coldcrank/coldcrank/lambda/local/internal/sandbox"
)

// Failure is an invocation that the function failed. Its texts are the
// function's: they may hold anything.
type Failure struct {
	Version   string
	RequestID string
	ErrorType string // for example Runtime.ExitError; of the error object where the log has none
	Message   string // errorMessage of the error object, at most 4 KB; empty where it has none
	Log       string // the last 4 KB that the environment logged until then, its inits included
}

// What is kept of failures: they are looked at when nothing works, and a
// function that fails does so again and again.
const (
	maxFailures = 16 // of a function
	maxMessage  = 4 << 10
)

// Failures are the first failed invocation of each version, for the first 16
// versions that failed one.
func (f *Function) Failures() []Failure {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.failures)
}

// note keeps the outcome if it is a version's first failure.
func (f *Function) note(version, requestID string, out sandbox.Outcome) {
	if out.FunctionError == "" {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.failures) == maxFailures || slices.ContainsFunc(f.failures, func(other Failure) bool { return other.Version == version }) {
		return
	}
	var object struct {
		ErrorType    string `json:"errorType"`
		ErrorMessage string `json:"errorMessage"`
	}
	// What is no error object has no message: runtimes may post anything.
	_ = json.Unmarshal(out.Payload, &object)
	kind := out.ErrorType
	if kind == "Runtime.Unknown" { // to Lambda's log; the runtime may have said more
		kind = cmp.Or(object.ErrorType, kind)
	}
	f.failures = append(f.failures, Failure{
		Version: version, RequestID: requestID, ErrorType: kind,
		Message: object.ErrorMessage[:min(len(object.ErrorMessage), maxMessage)], Log: string(out.LogWithInit),
	})
}
