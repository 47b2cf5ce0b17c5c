package gateway

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// response is what goes to the client, without what net/http adds.
type response struct {
	status int
	header http.Header
	body   []byte
}

// failure is an answer of the gateway's own, with AWS's wording of the status.
func failure(status int) response {
	return response{status, http.Header{"Content-Type": {"application/json"}},
		fmt.Appendf(nil, `{"message":"%s"}`, statusMessage(status))}
}

func statusMessage(status int) string {
	if status == http.StatusRequestEntityTooLarge {
		return "Request Entity Too Large"
	}
	return http.StatusText(status)
}

// parseResponse reads a function's answer ("Lambda function response for
// format 2.0"): an object with statusCode is a response; everything else is
// the body of a response with status 200 and type application/json, a JSON
// string as its value. An answer that is no JSON is passed on as well, not
// refused (documented otherwise; observed on AWS by the authors of
// aws-lambda-dotnet's Lambda test tool).
//
// The error says what is wrong with a response.
func parseResponse(payload []byte) (response, error) {
	var fields map[string]json.RawMessage // not a struct: names are case-sensitive here
	if err := json.Unmarshal(payload, &fields); err != nil || fields["statusCode"] == nil {
		return infer(payload), nil
	}
	resp := response{header: http.Header{}}
	if err := json.Unmarshal(fields["statusCode"], &resp.status); err != nil {
		return response{}, wrongType("statusCode")
	}
	// net/http would send 1xx as an interim answer and panic above 999.
	if resp.status < 200 || resp.status > 599 {
		return response{}, fmt.Errorf("statusCode %d is none of a final response", resp.status)
	}
	if err := resp.readHeaders(fields["headers"]); err != nil {
		return response{}, err
	}
	var cookies []string
	if err := unmarshalField(fields, "cookies", &cookies); err != nil {
		return response{}, err
	}
	for _, c := range cookies {
		if !sendable("Set-Cookie", c) {
			return response{}, errors.New("a cookie cannot be sent")
		}
	}
	if len(cookies) > 0 {
		resp.header["Set-Cookie"] = append(resp.header["Set-Cookie"], cookies...)
	}
	var body string
	if err := unmarshalField(fields, "body", &body); err != nil {
		return response{}, err
	}
	var encoded bool
	if err := unmarshalField(fields, "isBase64Encoded", &encoded); err != nil {
		return response{}, err
	}
	resp.body = []byte(body)
	if encoded {
		data, err := base64.StdEncoding.DecodeString(body)
		if err != nil {
			return response{}, errors.New("body is not base64")
		}
		resp.body = data
	}
	if resp.header.Get("Content-Type") == "" {
		// Undocumented; observed by the authors of the same tool.
		resp.header.Set("Content-Type", "text/plain; charset=utf-8")
	}
	return resp, nil
}

// infer makes a response of an answer that has no statusCode.
func infer(payload []byte) response {
	body := payload
	var s string
	if len(payload) > 0 && json.Unmarshal(payload, &s) == nil && string(payload) != "null" {
		body = []byte(s)
	}
	return response{http.StatusOK, http.Header{"Content-Type": {"application/json"}}, body}
}

func unmarshalField(fields map[string]json.RawMessage, name string, into any) error {
	if fields[name] == nil {
		return nil
	}
	if err := json.Unmarshal(fields[name], into); err != nil {
		return wrongType(name)
	}
	return nil
}

// wrongType is in AWS's wording, which goes to the access log
// (https://github.com/aws/aws-lambda-go/pull/373).
func wrongType(field string) error {
	return fmt.Errorf("Lambda body contains the wrong type for field %q", field) //lint:ignore ST1005 AWS's wording
}

// ofConnection reports whether a header is one of a connection, which no gateway
// passes on (RFC 9110, section 7.6.1).
func ofConnection(canonical string) bool {
	switch canonical {
	case "Connection", "Keep-Alive", "Proxy-Connection", "Te", "Trailer", "Transfer-Encoding", "Upgrade":
		return true
	}
	return false
}

// reserved reports whether a function's response cannot set a header: one of the
// connection, or one that the gateway gives.
func reserved(canonical string) bool {
	return canonical == "Content-Length" || canonical == "Apigw-Requestid" || ofConnection(canonical)
}

// readHeaders takes headers whose values are strings, numbers or booleans, in the
// order of the answer. Spellings of one name that differ in case are headers of
// their own: undocumented, and seen of REST APIs, where functions sent several
// cookies so (https://github.com/CodeGenieApp/serverless-express/pull/41). Of one
// spelling that stands there twice, the last is taken.
func (resp *response) readHeaders(raw json.RawMessage) error {
	if raw == nil || string(raw) == "null" {
		return nil
	}
	var headers map[string]json.RawMessage
	if err := json.Unmarshal(raw, &headers); err != nil {
		return wrongType("headers")
	}
	for _, name := range names(raw) {
		value, ok := headers[name]
		if !ok {
			continue // taken already
		}
		delete(headers, name)
		var s string
		if err := json.Unmarshal(value, &s); err != nil {
			s = string(value)
			if s == "" || strings.ContainsRune(`{["`, rune(s[0])) {
				return wrongType("headers")
			}
		}
		if !sendable(name, s) {
			return fmt.Errorf("header %q cannot be sent", name)
		}
		if name = http.CanonicalHeaderKey(name); !reserved(name) {
			resp.header[name] = append(resp.header[name], s)
		}
	}
	return nil
}

// names are those of the members of an object, which is one, in their order.
func names(object json.RawMessage) (list []string) {
	d := json.NewDecoder(bytes.NewReader(object))
	_, err := d.Token() // {
	for err == nil && d.More() {
		var name json.Token
		if name, err = d.Token(); err == nil {
			list = append(list, name.(string))
			err = d.Decode(new(json.RawMessage))
		}
	}
	return list
}

// sendable reports whether HTTP can carry a header (RFC 9110, sections 5.1 and
// 5.5). net/http would send some that it cannot, and leave out others.
func sendable(name, value string) bool {
	const token = "!#$%&'*+-.^_`|~"
	for _, c := range []byte(name) {
		if !('0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || strings.IndexByte(token, c) >= 0) {
			return false
		}
	}
	for _, c := range []byte(value) {
		if c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return name != ""
}

// bodyAllowed reports whether a response of this status may have a body.
func bodyAllowed(status int) bool {
	return status >= 200 && status != http.StatusNoContent && status != http.StatusNotModified
}
