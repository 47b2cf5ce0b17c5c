package awsapi

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"

	"github.com/coldcrank/coldcrank/lambda/local/internal/function"
)

// maxClientContext is what API_Invoke gives for ClientContext, in base64.
const maxClientContext = 3583

// invoke answers Invoke:
// https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
// An Event would need a queue with its retries and destinations.
func invoke(c *call) (int, any, error) {
	kind := c.r.Header.Get("X-Amz-Invocation-Type")
	switch kind {
	case "", "RequestResponse", "DryRun":
	case "Event":
		return 0, nil, invalidParameter("the local executor does not invoke asynchronously (InvocationType Event): use RequestResponse or DryRun")
	default:
		return 0, nil, invalidParameter("InvocationType %q is none of RequestResponse, Event and DryRun", kind)
	}
	logType := c.r.Header.Get("X-Amz-Log-Type")
	if logType != "" && logType != "None" && logType != "Tail" {
		return 0, nil, invalidParameter("LogType %q is neither None nor Tail", logType)
	}
	clientContext, err := readClientContext(c.r.Header.Get("X-Amz-Client-Context"))
	if err != nil {
		return 0, nil, err
	}
	payload, err := readBody(c.w, c.r, maxPayload)
	if err != nil {
		return 0, nil, err
	}
	if len(payload) == 0 {
		payload = []byte("{}")
	} else if !json.Valid(payload) {
		return 0, nil, invalidContent("Could not parse request body into json")
	}
	if kind == "DryRun" {
		// Parameters are checked, and nothing runs.
		_, err := c.function.Get(c.qualifier)
		return http.StatusNoContent, nil, err
	}
	// A client that goes away does not stop a function on AWS either.
	result, err := c.function.Run(context.WithoutCancel(c.r.Context()), function.Invocation{
		Qualifier: c.qualifier, Payload: payload, TraceID: c.r.Header.Get("X-Amzn-Trace-Id"), ClientContext: clientContext,
	})
	if err != nil {
		return 0, nil, err
	}
	head := c.w.Header()
	head.Set("X-Amzn-Requestid", result.RequestID)
	head.Set("X-Amz-Executed-Version", result.ExecutedVersion)
	if result.FunctionError != "" {
		head.Set("X-Amz-Function-Error", result.FunctionError)
	}
	if logType == "Tail" {
		head.Set("X-Amz-Log-Result", base64.StdEncoding.EncodeToString(result.Log))
	}
	return http.StatusOK, result.Payload, nil
}

// readClientContext decodes a ClientContext. AWS documents its form and its
// size; of what it says of others it documents InvalidRequestContentException.
func readClientContext(header string) (string, error) {
	if header == "" {
		return "", nil
	}
	if len(header) > maxClientContext {
		return "", invalidContent("Client context must be at most 3583 bytes of base64-encoded data.")
	}
	data, err := base64.StdEncoding.DecodeString(header)
	var object map[string]json.RawMessage
	if err != nil || json.Unmarshal(data, &object) != nil {
		return "", invalidContent("Client context must be a valid Base64-encoded JSON object.")
	}
	return string(data), nil
}

func invalidContent(message string) *apiError {
	return &apiError{status: http.StatusBadRequest, code: "InvalidRequestContentException", message: message}
}
