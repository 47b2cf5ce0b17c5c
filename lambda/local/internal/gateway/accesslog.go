package gateway

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/coldcrank/coldcrank/lambda/local/internal/assembly"
)

// record is what is known of one request, for its event and its access log.
type record struct {
	api      *assembly.API
	account  string
	request  *http.Request
	id       string
	sourceIP string
	received time.Time
	routeKey string
	identity *identity // nil where the route asks for none
	unlogged bool

	invoked, answered time.Time // around the integration; zero where it was not called
	lambdaID          string
	lambdaStatus      int // of Lambda's Invoke
	functionStatus    int // that the function's answer names
	integrationError  string

	errorType, errorMessage string
	status                  int
	sent                    int // bytes of the body
	done                    time.Time
}

// fault notes an error of the gateway's own and returns its answer. cause,
// where not nil, is what the integration did wrong. responseType is one of the
// "Gateway response types" of the documentation of REST APIs, the only list
// that there is.
func (rec *record) fault(cause error, responseType string, status int) response {
	rec.errorType, rec.errorMessage = responseType, statusMessage(status)
	if cause != nil {
		rec.integrationError = cause.Error()
	}
	return failure(status)
}

// segment is a piece of an access log format: text, or the name of a variable
// behind "$context.".
type segment struct {
	text     string
	variable bool
}

const contextPrefix = "$context."

// parseFormat cuts a format at its variables. A "$" that begins none is text.
func parseFormat(format string) []segment {
	var segments []segment
	for format != "" {
		i := strings.Index(format, contextPrefix)
		if i < 0 {
			return append(segments, segment{text: format})
		}
		if i > 0 {
			segments = append(segments, segment{text: format[:i]})
		}
		format = format[i+len(contextPrefix):]
		n := 0
		for n < len(format) && isNameByte(format[n]) {
			n++
		}
		name := strings.TrimRight(format[:n], ".") // a full stop behind a name is text
		segments = append(segments, segment{name, true})
		format = format[len(name):]
	}
	return segments
}

func isNameByte(c byte) bool {
	return c == '.' || c == '_' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// writeRecord writes the request's record, as one event of one stream per
// stage; AWS documents no form for the stream's name.
func (g *Gateway) writeRecord(rec *record) {
	if g.api.AccessLog == "" || rec.unlogged {
		return
	}
	var b strings.Builder
	for _, s := range g.format {
		if !s.variable {
			b.WriteString(s.text)
			continue
		}
		value := rec.value(s.text)
		if value == "" {
			value = "-" // what API Gateway writes for a variable without value
		}
		b.WriteString(value)
	}
	if err := g.store.Put(g.api.AccessLog, g.api.ID+"-"+g.api.Stage, rec.done, b.String()); err != nil {
		panic(err) // New made the group, and groups are never deleted
	}
}

// value is the value of a variable as "Customize HTTP API access logs" lists
// them, empty where this request has none. Latencies are whole milliseconds.
func (rec *record) value(name string) string {
	r := rec.request
	switch name {
	case "accountId":
		return rec.account
	case "apiId":
		return rec.api.ID
	case "awsEndpointRequestId", "integration.requestId":
		return rec.lambdaID
	case "dataProcessed", "responseLength":
		return strconv.Itoa(rec.sent)
	case "domainName":
		return quote(r.Host)
	case "domainPrefix":
		return quote(domainPrefix(r.Host))
	case "error.message":
		return quote(rec.errorMessage)
	case "error.messageString":
		if rec.errorMessage == "" {
			return ""
		}
		return `"` + quote(rec.errorMessage) + `"`
	case "error.responseType":
		return rec.errorType
	case "requestId", "extendedRequestId":
		return rec.id
	case "httpMethod":
		return quote(r.Method)
	case "identity.sourceIp":
		return rec.sourceIP
	case "identity.userAgent":
		return quote(r.UserAgent())
	case "integration.error", "integrationErrorMessage":
		return quote(rec.integrationError)
	case "integration.integrationStatus", "integrationStatus":
		return status(rec.lambdaStatus)
	case "integration.status":
		return status(rec.functionStatus)
	case "integration.latency", "integrationLatency":
		if rec.answered.IsZero() {
			return ""
		}
		return milliseconds(rec.answered.Sub(rec.invoked))
	case "path":
		return quote(r.URL.Path)
	case "protocol":
		return protocol
	case "requestTime":
		return rec.received.UTC().Format(clfTime)
	case "requestTimeEpoch":
		return strconv.FormatInt(rec.received.UnixMilli(), 10)
	case "responseLatency":
		return milliseconds(rec.done.Sub(rec.received))
	case "routeKey":
		return rec.routeKey
	case "stage":
		return rec.api.Stage
	case "status":
		return status(rec.status)
	}
	if rec.identity == nil {
		return ""
	}
	switch name {
	case "identity.accountId":
		return rec.identity.AccountID
	case "identity.caller":
		return quote(rec.identity.CallerID)
	case "identity.user":
		return quote(rec.identity.UserID)
	case "identity.userArn":
		return quote(rec.identity.UserARN)
	}
	return ""
}

func status(code int) string {
	if code == 0 {
		return ""
	}
	return strconv.Itoa(code)
}

func milliseconds(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }

// quote escapes what a client or a function chose, so that a record stays one
// line and, in a JSON format, JSON.
func quote(s string) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil {
		panic(err) // a string always encodes
	}
	return b.String()[1 : b.Len()-len("\"\n")]
}
