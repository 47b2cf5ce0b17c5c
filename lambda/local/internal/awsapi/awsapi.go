// Package awsapi answers the AWS operations that a run sends, on the wire as
// AWS's SDKs and the AWS CLI send and decode them:
//
//   - Lambda (REST and JSON): GetFunctionConfiguration,
//     UpdateFunctionConfiguration (Description and MemorySize), PublishVersion,
//     ListVersionsByFunction, GetAlias, UpdateAlias, DeleteFunction (of a
//     version), Invoke (RequestResponse and DryRun), GetAccountSettings,
//     GetFunctionConcurrency, GetProvisionedConcurrencyConfig;
//   - CloudWatch Logs (JSON 1.1): FilterLogEvents, DescribeLogGroups;
//   - STS (query): GetCallerIdentity.
//
// Every other operation, and every parameter that it would have to ignore, is
// refused with an error in the form of the operation's protocol that names it.
//
// Names and shapes are those of the API references of AWS Lambda
// (https://docs.aws.amazon.com/lambda/latest/api/), Amazon CloudWatch Logs
// (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/) and
// AWS STS (https://docs.aws.amazon.com/STS/latest/APIReference/).
//
// Non-goals: checking credentials (the local executor's are public, and it
// listens on loopback only), the CBOR protocol, and regions other than its own.
// No header of a request is ever part of an answer or an error.
package awsapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/coldcrank/coldcrank/lambda/local/internal/function"
	"github.com/coldcrank/coldcrank/lambda/local/internal/logs"
	"github.com/coldcrank/coldcrank/lambda/local/internal/uuid"
)

// Function is what the operations need of a function. Its errors are
// *function.Error, with AWS's codes.
type Function interface {
	Name() string
	ARN() string
	ReservedConcurrency() *int
	Get(qualifier string) (function.Configuration, error)
	Update(c function.Change, revisionID string) (function.Configuration, error)
	Publish(description, codeSHA256, revisionID string) (function.Configuration, error)
	Versions() []function.Configuration
	Alias(name string) (function.Alias, error)
	UpdateAlias(name string, c function.AliasChange, revisionID string) (function.Alias, error)
	DeleteVersion(number string) error
	Provisioned(qualifier string) (_ function.Provisioned, ok bool, err error)
	Run(ctx context.Context, in function.Invocation) (function.Result, error)
}

var _ Function = (*function.Function)(nil)

// maxBody bounds the bodies of all operations but Invoke, whose payload has
// the limit of "Lambda quotas", 6 MB.
const (
	maxBody    = 1 << 20
	maxPayload = 6 << 20
)

type api struct {
	account, region string
	functions       map[string]Function // by name
	store           *logs.Store
	logCalls        *quota
	concurrency     int
}

// New returns the AWS API of the given functions and log groups, as it would
// answer in one account and Region. logCalls is how many calls of FilterLogEvents
// are answered a second; 0 means all. concurrency is the account's, which the
// functions enforce.
func New(account, region string, functions []Function, store *logs.Store, logCalls, concurrency int) http.Handler {
	a := &api{account: account, region: region, functions: map[string]Function{}, store: store, logCalls: newQuota(logCalls), concurrency: concurrency}
	for _, f := range functions {
		a.functions[f.Name()] = f
	}
	return a
}

// apiError is a refusal before its protocol is chosen.
type apiError struct {
	status        int
	code, message string
	reason        string // TooManyRequestsException only
}

func (e *apiError) Error() string { return e.code + ": " + e.message }

// answered are the operations for the text of a refusal.
const answered = "GetFunctionConfiguration, UpdateFunctionConfiguration, PublishVersion, ListVersionsByFunction, GetAlias, UpdateAlias, " +
	"DeleteFunction, Invoke, GetAccountSettings, GetFunctionConcurrency and GetProvisionedConcurrencyConfig of Lambda, FilterLogEvents and DescribeLogGroups of CloudWatch Logs, " +
	"GetCallerIdentity of STS"

// unknown is an operation that is not answered. 400 rather than 501: no SDK
// retries it.
func unknown(operation string) *apiError {
	return &apiError{status: http.StatusBadRequest, code: "UnknownOperationException",
		message: fmt.Sprintf("the local executor does not answer %s; it answers %s", operation, answered)}
}

func invalidParameter(format string, args ...any) *apiError {
	return &apiError{status: http.StatusBadRequest, code: "InvalidParameterValueException", message: fmt.Sprintf(format, args...)}
}

// ServeHTTP tells the protocols apart as AWS's services do: JSON 1.x by its
// target header, REST by its dated path, query by a form posted to /.
func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Amzn-Requestid", uuid.New())
	switch target := r.Header.Get("X-Amz-Target"); {
	case target != "":
		a.serveLogs(w, r, target)
	case isDated(r.URL.Path):
		a.serveLambda(w, r)
	case r.Method == http.MethodPost && r.URL.Path == "/":
		a.serveQuery(w, r)
	default:
		writeREST(w, unknown(r.Method+" "+r.URL.Path))
	}
}

// isDated reports whether a path begins with a version of an API: /2015-03-31/…
func isDated(path string) bool {
	if len(path) < len("/2015-03-31/") || path[0] != '/' || path[11] != '/' {
		return false
	}
	return strings.Trim(path[1:11], "0123456789-") == ""
}

// readBody reads at most limit bytes.
func readBody(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return nil, &apiError{status: http.StatusRequestEntityTooLarge, code: "RequestTooLargeException",
			message: fmt.Sprintf("Request must be smaller than %d bytes", limit)}
	} else if err != nil {
		return nil, fmt.Errorf("read request: %w", err)
	}
	return body, nil
}

// decode reads a JSON body; no body is an empty object. A field that the
// struct does not have is an error: ignoring it would promise its effect.
func decode(body []byte, into any) error {
	if len(body) == 0 {
		return nil
	}
	d := json.NewDecoder(strings.NewReader(string(body)))
	d.DisallowUnknownFields()
	err := d.Decode(into)
	if err == nil {
		return nil
	}
	if field, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		return fmt.Errorf("the local executor does not implement the parameter %s here", field)
	}
	return fmt.Errorf("the request's body is malformed: %w", err)
}

func writeJSON(w http.ResponseWriter, contentType string, status int, v any) {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err) // only maps and structs of strings and numbers come here
	}
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	w.Write(data) // the client is gone where this fails: nobody to tell
}
