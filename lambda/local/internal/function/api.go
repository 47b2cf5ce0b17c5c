package function

import "time"

// Configuration is what GetFunctionConfiguration answers of a version:
// https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionConfiguration.html
type Configuration struct {
	Name    string
	ARN     string // qualified, except of $LATEST asked for without a qualifier
	Version string // number, or "$LATEST"

	Description  string
	Runtime      string
	Handler      string
	Architecture string // of the shipped code, as the template says
	MemoryMB     int
	Timeout      time.Duration
	EphemeralMB  int
	Environment  map[string]string // the function's own; do not write to it
	Tracing      string

	LogGroup            string
	LogFormat           string
	SystemLogLevel      string
	ApplicationLogLevel string

	CodeSHA256   string // base64, of the zip that a deployment would make of the shipped code
	CodeSize     int64  // bytes of that zip
	LastModified time.Time

	State            string // Active, or Pending shortly after Publish
	LastUpdateStatus string // Successful, or InProgress shortly after Update
	RevisionID       string
}

// Change is what Update changes of $LATEST. A nil field stays as it is.
type Change struct {
	Description *string
	MemoryMB    *int // 128 to 10,240
}

// Alias is a name for a version.
type Alias struct {
	Name            string
	ARN             string
	FunctionVersion string
	Description     string
	RevisionID      string
	Weights         map[string]float64 // AdditionalVersionWeights; do not write to it

	moved time.Time // when it was last changed; zero: not since the start
	left  string    // the version that it led to before
}

// AliasChange is what UpdateAlias changes. A nil field stays as it is; an
// empty, non-nil Weights takes all additional versions away.
type AliasChange struct {
	Version     *string
	Description *string
	Weights     map[string]float64
}

// Result is one invocation's outcome.
type Result struct {
	RequestID       string
	ExecutedVersion string
	Payload         []byte // the function's answer, or the error object
	FunctionError   string // "Unhandled", or empty
	Log             []byte // the last 4 KB of this invocation's log, as LogType Tail gives them
}

// Error is a refusal as AWS words it. Every error of Function that AWS has too
// is one.
type Error struct {
	Code    string // AWS's exception, for example PreconditionFailedException
	Message string
	Reason  string // TooManyRequestsException only
}

func (e *Error) Error() string { return e.Code + ": " + e.Message }
