package awsapi

import (
	"errors"
	"net/http"

	"github.com/coldcrank/coldcrank/lambda/local/internal/function"
)

// configuration is FunctionConfiguration of Lambda's API. What an executor
// without IAM, VPC, signing and snapshots does not have is left out.
func configuration(c function.Configuration) map[string]any {
	m := map[string]any{
		"FunctionName": c.Name, "FunctionArn": c.ARN, "Version": c.Version,
		"Description": c.Description, "Runtime": c.Runtime, "Handler": c.Handler,
		"Architectures": []string{c.Architecture}, "MemorySize": c.MemoryMB,
		"Timeout":          int(c.Timeout.Seconds()),
		"EphemeralStorage": map[string]any{"Size": c.EphemeralMB},
		"TracingConfig":    map[string]any{"Mode": c.Tracing},
		"PackageType":      "Zip",
		"CodeSha256":       c.CodeSHA256, "CodeSize": c.CodeSize,
		"LastModified": c.LastModified.UTC().Format("2006-01-02T15:04:05.000-0700"),
		"State":        c.State, "LastUpdateStatus": c.LastUpdateStatus, "RevisionId": c.RevisionID,
	}
	if len(c.Environment) > 0 {
		m["Environment"] = map[string]any{"Variables": c.Environment}
	}
	logging := map[string]any{"LogFormat": c.LogFormat, "LogGroup": c.LogGroup}
	if c.SystemLogLevel != "" {
		logging["SystemLogLevel"] = c.SystemLogLevel
	}
	if c.ApplicationLogLevel != "" {
		logging["ApplicationLogLevel"] = c.ApplicationLogLevel
	}
	m["LoggingConfig"] = logging
	return m
}

// alias is AliasConfiguration of Lambda's API.
func alias(a function.Alias) map[string]any {
	m := map[string]any{
		"AliasArn": a.ARN, "Name": a.Name, "FunctionVersion": a.FunctionVersion,
		"Description": a.Description, "RevisionId": a.RevisionID,
	}
	if len(a.Weights) > 0 {
		m["RoutingConfig"] = map[string]any{"AdditionalVersionWeights": a.Weights}
	}
	return m
}

// status is that of an exception in the API reference.
func status(code string) int {
	switch code {
	case "ResourceNotFoundException":
		return http.StatusNotFound
	case "ResourceConflictException":
		return http.StatusConflict
	case "PreconditionFailedException":
		return http.StatusPreconditionFailed
	case "RequestTooLargeException":
		return http.StatusRequestEntityTooLarge
	case "TooManyRequestsException":
		return http.StatusTooManyRequests
	case "ServiceException":
		return http.StatusInternalServerError
	}
	return http.StatusBadRequest
}

// asAPIError gives any error the form of a refusal: one of a function as it
// is, another, which is this program's own, as ServiceException.
func asAPIError(err error) *apiError {
	var refusal *apiError
	if errors.As(err, &refusal) {
		return refusal
	}
	var f *function.Error
	if !errors.As(err, &f) {
		f = &function.Error{Code: "ServiceException", Message: err.Error()}
	}
	return &apiError{status(f.Code), f.Code, f.Message, f.Reason}
}

// writeREST writes an error as Lambda does: its name in a header, the message
// in a body whose field begins with a capital in two of the exceptions.
func writeREST(w http.ResponseWriter, err error) {
	e := asAPIError(err)
	kind, field := "User", "message"
	if e.status >= 500 {
		kind = "Service"
	}
	if e.code == "ResourceNotFoundException" || e.code == "ServiceException" {
		field = "Message"
	}
	body := map[string]string{"Type": kind, field: e.message}
	if e.reason != "" {
		body["Reason"] = e.reason
	}
	w.Header().Set("X-Amzn-Errortype", e.code)
	writeJSON(w, "application/json", e.status, body)
}
