package bare

import "github.com/coldcrank/coldcrank/lambda/ric/internal/wire"

// Invocation is what Lambda says of an event beside the event.
type Invocation struct {
	RequestID   string
	FunctionARN string // as invoked: with version or alias, where there was one
	TraceID     string // of X-Ray: Root=1-…;Parent=…;Sampled=1
	TenantID    string // of a function with tenant isolation
	DeadlineMS  int64  // the deadline, as Unix time in milliseconds

	// ClientContext is what the caller's SDK gave along, CognitoIdentity the
	// identity of a caller who came by Cognito. Both are the JSON that Lambda
	// sent, and empty for most invocations.
	ClientContext   string
	CognitoIdentity string
}

// invocation reads the header of an event. An event without a deadline is a failure.
func invocation(a *wire.Answer) (*Invocation, *failure) {
	in := &Invocation{
		RequestID:       a.Header("Lambda-Runtime-Aws-Request-Id"),
		FunctionARN:     a.Header("Lambda-Runtime-Invoked-Function-Arn"),
		TraceID:         a.Header("Lambda-Runtime-Trace-Id"),
		TenantID:        a.Header("Lambda-Runtime-Aws-Tenant-Id"),
		ClientContext:   a.Header("Lambda-Runtime-Client-Context"),
		CognitoIdentity: a.Header("Lambda-Runtime-Cognito-Identity"),
	}
	const deadline = "Lambda-Runtime-Deadline-Ms"
	ms, ok := a.Number(deadline)
	if !ok {
		return in, &failure{Error: Error{Type: "Runtime.NoDeadline", Message: `deadline "` + a.Header(deadline) + `" is not a number`}}
	}
	in.DeadlineMS = int64(ms)
	return in, nil
}
