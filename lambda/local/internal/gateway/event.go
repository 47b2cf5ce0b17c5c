package gateway

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// event is the event of payload format 2.0 ("Payload format structure" in
// "Create AWS Lambda proxy integrations for HTTP APIs"). What a request does
// not have is left out, as API Gateway does.
type event struct {
	Version               string            `json:"version"`
	RouteKey              string            `json:"routeKey"`
	RawPath               string            `json:"rawPath"`
	RawQueryString        string            `json:"rawQueryString"`
	Cookies               []string          `json:"cookies,omitempty"`
	Headers               map[string]string `json:"headers"`
	QueryStringParameters map[string]string `json:"queryStringParameters,omitempty"`
	RequestContext        requestContext    `json:"requestContext"`
	Body                  string            `json:"body,omitempty"`
	PathParameters        map[string]string `json:"pathParameters,omitempty"`
	IsBase64Encoded       bool              `json:"isBase64Encoded"`
}

type requestContext struct {
	AccountID    string         `json:"accountId"`
	APIID        string         `json:"apiId"`
	Authorizer   *authorizer    `json:"authorizer,omitempty"`
	DomainName   string         `json:"domainName"`
	DomainPrefix string         `json:"domainPrefix"`
	HTTP         requestSummary `json:"http"`
	RequestID    string         `json:"requestId"`
	RouteKey     string         `json:"routeKey"`
	Stage        string         `json:"stage"`
	Time         string         `json:"time"`
	TimeEpoch    int64          `json:"timeEpoch"`
}

type authorizer struct {
	IAM *identity `json:"iam"`
}

type requestSummary struct {
	Method    string `json:"method"`
	Path      string `json:"path"`
	Protocol  string `json:"protocol"`
	SourceIP  string `json:"sourceIp"`
	UserAgent string `json:"userAgent"`
}

// protocol is what events and access logs call the protocol, whatever the client
// spoke: the events that others show of HTTP APIs, also of clients that speak
// HTTP/2, have nothing else (https://github.com/aws/aws-lambda-java-libs/pull/230).
const protocol = "HTTP/1.1"

// clfTime is the time of the Common Log Format, which events and access logs use.
const clfTime = "02/Jan/2006:15:04:05 -0700"

// buildEvent makes the event. Its paths are decoded and begin with the stage's
// name where the stage is not $default (observed on AWS by the authors of
// aws-lambda-dotnet's Lambda test tool, and by the adapters that cut it off).
func buildEvent(rec *record, m *matched, body []byte, trace string) ([]byte, error) {
	r := rec.request
	e := event{
		Version:        "2.0",
		RouteKey:       m.route.Key,
		RawPath:        r.URL.Path,
		RawQueryString: r.URL.RawQuery,
		PathParameters: m.params,
		RequestContext: requestContext{
			AccountID:    rec.account,
			APIID:        rec.api.ID,
			DomainName:   r.Host,
			DomainPrefix: domainPrefix(r.Host),
			HTTP: requestSummary{
				Method: r.Method, Path: r.URL.Path, Protocol: protocol,
				SourceIP: rec.sourceIP, UserAgent: r.UserAgent(),
			},
			RequestID: rec.id,
			RouteKey:  m.route.Key,
			Stage:     rec.api.Stage,
			Time:      rec.received.UTC().Format(clfTime),
			TimeEpoch: rec.received.UnixMilli(),
		},
	}
	if rec.identity != nil {
		e.RequestContext.Authorizer = &authorizer{rec.identity}
	}
	e.QueryStringParameters = foldQuery(r.URL.RawQuery)
	e.Headers, e.Cookies = foldHeaders(r, len(body), rec.sourceIP, trace)
	if len(body) > 0 {
		if isText(r.Header) && utf8.Valid(body) {
			e.Body = string(body)
		} else {
			e.Body, e.IsBase64Encoded = base64.StdEncoding.EncodeToString(body), true
		}
	}
	var data bytes.Buffer
	enc := json.NewEncoder(&data)
	enc.SetEscapeHTML(false) // six bytes for each < of a body would be too many
	if err := enc.Encode(&e); err != nil {
		return nil, fmt.Errorf("encode event: %w", err)
	}
	return bytes.TrimSuffix(data.Bytes(), []byte("\n")), nil
}

// foldHeaders gives the headers in lower case, several of one name joined by
// commas, and the cookies apart from them: in format 2.0 a cookie header is
// taken out of the headers, each of its cookies an element of the list. Added
// is what the gateway adds on AWS.
func foldHeaders(r *http.Request, bodyLen int, sourceIP, trace string) (headers map[string]string, cookies []string) {
	headers = make(map[string]string, len(r.Header)+6)
	for name, values := range r.Header {
		if name == "Cookie" {
			for _, v := range values {
				for c := range strings.SplitSeq(v, ";") {
					if c = strings.TrimSpace(c); c != "" {
						cookies = append(cookies, c)
					}
				}
			}
			continue
		}
		if !ofConnection(name) {
			headers[strings.ToLower(name)] = strings.Join(values, ",")
		}
	}
	if bodyLen == 0 && headers["content-length"] == "0" && headers["content-type"] == "" {
		// "Important notes for HTTP APIs"; the value is that of the Lambda test tool
		// of aws/aws-lambda-dotnet.
		headers["content-type"] = "text/plain; charset=utf-8"
	}
	headers["host"] = r.Host // net/http takes it out of the headers
	headers["content-length"] = strconv.Itoa(bodyLen)
	headers["x-amzn-trace-id"] = trace
	if before := headers["x-forwarded-for"]; before != "" {
		headers["x-forwarded-for"] = before + ", " + sourceIP
	} else {
		headers["x-forwarded-for"] = sourceIP
	}
	scheme, port := "http", "80"
	if r.TLS != nil {
		scheme, port = "https", "443"
	}
	if _, p, err := net.SplitHostPort(r.Host); err == nil {
		port = p
	}
	headers["x-forwarded-proto"], headers["x-forwarded-port"] = scheme, port
	return headers, cookies
}

// foldQuery gives the query's parameters decoded, several of one name joined
// by commas; nil where there are none. A part that is wrongly escaped stays as
// it was sent.
func foldQuery(raw string) map[string]string {
	var params map[string]string
	for part := range strings.SplitSeq(raw, "&") {
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		name, value = unescapeQuery(name), unescapeQuery(value)
		if params == nil {
			params = map[string]string{}
		}
		if before, ok := params[name]; ok {
			value = before + "," + value
		}
		params[name] = value
	}
	return params
}

func unescapeQuery(s string) string {
	if u, err := url.QueryUnescape(s); err == nil {
		return u
	}
	return s
}

// isText reports whether a body of these headers is handed over as it is
// rather than in base64. AWS does not document the rule for requests of HTTP
// APIs. Tried on AWS by others: text, JSON, XML and JavaScript are plain, all
// else, also forms and a body without a type, is base64
// (https://github.com/ministackorg/ministack/pull/766).
func isText(h http.Header) bool {
	if enc := h.Get("Content-Encoding"); enc != "" && enc != "identity" {
		return false
	}
	ct := h.Get("Content-Type")
	mediaType, _, err := mime.ParseMediaType(ct)
	if err != nil {
		return false
	}
	switch mediaType {
	case "application/json", "application/xml", "application/javascript":
		return true
	}
	return strings.HasPrefix(mediaType, "text/")
}

// domainPrefix is the first label of a domain name.
func domainPrefix(host string) string {
	label, _, _ := strings.Cut(host, ".")
	return label
}

// traceID is the request's own trace header or a new root, unsampled.
func traceID(h http.Header) string {
	if id := h.Get("X-Amzn-Trace-Id"); id != "" {
		return id
	}
	var b [12]byte
	rand.Read(b[:])
	return fmt.Sprintf("Root=1-%08x-%s", time.Now().Unix(), hex.EncodeToString(b[:]))
}
