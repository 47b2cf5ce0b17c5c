// Package gateway is the front of one HTTP API (API Gateway v2) on this
// machine: it finds the route, hands the request to the function as an event
// of payload format 2.0, turns the function's answer into an HTTP response,
// and writes the record of the access log.
//
// What a client sees follows AWS's documentation ("Create AWS Lambda proxy
// integrations for HTTP APIs", "Create routes for HTTP APIs", "Customize HTTP
// API access logs" in the API Gateway Developer Guide,
// https://docs.aws.amazon.com/apigateway/latest/developerguide/) and, where
// that is silent, what others observed on AWS; each such place says so.
//
// Non-goals: payload format 1.0, other integrations than AWS_PROXY, JWT and
// Lambda authorizers, CORS, stage variables, custom domains, and checking a
// signature: routes with IAM authorization refuse unsigned requests, but the
// credentials of the local executor are public, so there is no secret that a
// signature could be held against (see authorize).
package gateway

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/coldcrank/coldcrank/lambda/local/internal/assembly"
	"github.com/coldcrank/coldcrank/lambda/local/internal/function"
	"github.com/coldcrank/coldcrank/lambda/local/internal/logs"
)

// Invoker runs a function once. Its errors are those of function.Invoke: a
// *function.Error where the request was refused before the function saw it.
type Invoker interface {
	Invoke(ctx context.Context, qualifier string, payload []byte, traceID string) (function.Result, error)
}

var _ Invoker = (*function.Function)(nil)

// Quotas of HTTP APIs ("Quotas for configuring and running an HTTP API") and
// of Lambda's synchronous invocations ("Lambda quotas").
const (
	maxHead    = 10240 // request line and values of headers
	maxBody    = 10 << 20
	maxEvent   = 6 << 20
	maxTimeout = 30 * time.Second
)

// Gateway is the front of one HTTP API: an http.Handler.
type Gateway struct {
	api     *assembly.API
	account string
	region  string
	store   *logs.Store
	routes  []route
	invoker map[*assembly.Function]Invoker
	format  []segment // of the access log
	bucket  *bucket   // nil where the stage does not throttle

	running sync.WaitGroup // invocations
}

// New makes the front of an API of the given account and Region. A function
// without an invoker cannot run on this machine: its routes answer 500. The
// error names a route key that is none.
func New(api *assembly.API, account, region string, invokers map[*assembly.Function]Invoker, store *logs.Store) (*Gateway, error) {
	g := &Gateway{
		api: api, account: account, region: region, store: store, invoker: invokers,
		format: parseFormat(api.AccessFormat),
		bucket: newBucket(api.RateLimit, api.BurstLimit, time.Now()),
	}
	for _, r := range api.Routes {
		parsed, err := parseRoute(r)
		if err != nil {
			return nil, fmt.Errorf("api %s: %w", api.Name, err)
		}
		g.routes = append(g.routes, parsed)
	}
	if api.AccessLog != "" {
		store.CreateGroup(api.AccessLog)
	}
	return g, nil
}

// Wait returns when no invocation is left, also none that the gateway gave up
// for its timeout. No request may come any more by then.
func (g *Gateway) Wait() { g.running.Wait() }

// ServeHTTP answers one request. The access log has its record before the
// answer of a small body is flushed, so a client that has its answer finds it.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	rec := record{
		api: g.api, account: g.account, request: r,
		received: time.Now(), id: requestID(), sourceIP: sourceIP(r),
	}
	resp := g.answer(w, r, &rec)

	head := w.Header()
	for k, v := range resp.header {
		head[k] = v
	}
	head.Set("Apigw-Requestid", rec.id)
	if bodyAllowed(resp.status) {
		head.Set("Content-Length", strconv.Itoa(len(resp.body)))
	}
	w.WriteHeader(resp.status)
	if bodyAllowed(resp.status) && r.Method != http.MethodHead {
		n, err := w.Write(resp.body)
		rec.sent = n
		if err != nil { // the client is gone; only the record can tell
			rec.errorMessage = err.Error()
		}
	}
	rec.status = resp.status
	rec.done = time.Now()
	g.writeRecord(&rec)
}

// answer finds what to say; what it learns on the way goes into rec.
func (g *Gateway) answer(w http.ResponseWriter, r *http.Request, rec *record) response {
	if headSize(r) > maxHead {
		return rec.fault(nil, "BAD_REQUEST_PARAMETERS", http.StatusRequestHeaderFieldsTooLarge)
	}
	path, ok := cutStage(r.URL.EscapedPath(), g.api.Stage)
	if !ok {
		rec.unlogged = true
		return failure(http.StatusNotFound)
	}
	m := match(g.routes, r.Method, path)
	if m == nil {
		return rec.fault(nil, "RESOURCE_NOT_FOUND", http.StatusNotFound)
	}
	rec.routeKey = m.route.Key
	if g.bucket != nil && !g.bucket.take(rec.received) {
		return rec.fault(nil, "THROTTLED", http.StatusTooManyRequests)
	}
	if m.route.Auth == "AWS_IAM" {
		id, err := authorize(r, g.account, g.region, rec.received)
		if err != nil {
			return rec.fault(err, "ACCESS_DENIED", http.StatusForbidden)
		}
		rec.identity = id
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return rec.fault(nil, "REQUEST_TOO_LARGE", http.StatusRequestEntityTooLarge)
	} else if err != nil {
		return rec.fault(nil, "BAD_REQUEST_BODY", http.StatusBadRequest)
	}
	return g.integrate(m, body, rec)
}

// integrate calls the route's function and waits for it, at most as long as
// the integration allows. An invocation that is given up runs on, as it does
// on AWS, and so does one whose client has gone.
func (g *Gateway) integrate(m *matched, body []byte, rec *record) response {
	invoker := g.invoker[m.route.Function]
	if invoker == nil {
		err := fmt.Errorf("function %s cannot run on this machine", m.route.Function.Name)
		return rec.fault(err, "INTEGRATION_FAILURE", http.StatusInternalServerError)
	}
	trace := traceID(rec.request.Header)
	payload, err := buildEvent(rec, m, body, trace)
	if err != nil {
		return rec.fault(err, "INTEGRATION_FAILURE", http.StatusInternalServerError)
	}
	if len(payload) > maxEvent {
		// Lambda refuses it, and the gateway passes that on as its own 413
		// (observed by the authors of aws-lambda-dotnet's Lambda test tool).
		return rec.fault(nil, "REQUEST_TOO_LARGE", http.StatusRequestEntityTooLarge)
	}

	type outcome struct {
		result function.Result
		err    error
	}
	done := make(chan outcome, 1)
	rec.invoked = time.Now()
	ctx := context.WithoutCancel(rec.request.Context())
	g.running.Go(func() {
		result, err := invoker.Invoke(ctx, m.route.Qualifier, payload, trace)
		done <- outcome{result, err}
	})
	timer := time.NewTimer(timeout(m.route.Timeout))
	defer timer.Stop()
	select {
	case <-timer.C:
		rec.answered = time.Now()
		return rec.fault(errors.New("the integration timed out"), "INTEGRATION_TIMEOUT", http.StatusServiceUnavailable)
	case o := <-done:
		rec.answered = time.Now()
		rec.lambdaID = o.result.RequestID
		return conclude(o.result, o.err, rec)
	}
}

// conclude maps an invocation's outcome to an answer. The statuses of HTTP
// APIs differ from the documented ones of REST APIs (502, 504): a function
// error, also the function's own timeout, and a malformed answer give 500, a
// throttled function 503, as users of HTTP APIs report.
func conclude(result function.Result, err error, rec *record) response {
	var refused *function.Error
	switch {
	case errors.As(err, &refused) && refused.Code == "TooManyRequestsException":
		rec.lambdaStatus = http.StatusTooManyRequests
		return rec.fault(err, "INTEGRATION_FAILURE", http.StatusServiceUnavailable)
	case errors.As(err, &refused) && refused.Code == "RequestTooLargeException":
		rec.lambdaStatus = http.StatusRequestEntityTooLarge
		return rec.fault(err, "REQUEST_TOO_LARGE", http.StatusRequestEntityTooLarge)
	case err != nil:
		return rec.fault(err, "INTEGRATION_FAILURE", http.StatusInternalServerError)
	}
	rec.lambdaStatus = http.StatusOK // Invoke itself succeeded, whatever the function did
	if result.FunctionError != "" {
		err := fmt.Errorf("the function failed: %s", result.FunctionError)
		return rec.fault(err, "INTEGRATION_FAILURE", http.StatusInternalServerError)
	}
	resp, err := parseResponse(result.Payload)
	if err != nil {
		err = fmt.Errorf("The response from the Lambda function doesn't match the format that API Gateway expects. %w", err) //lint:ignore ST1005 AWS's wording
		return rec.fault(err, "INTEGRATION_FAILURE", http.StatusInternalServerError)
	}
	rec.functionStatus = resp.status
	return resp
}

// headSize is what the quota "Total combined size of request line and header
// values" counts.
func headSize(r *http.Request) int {
	n := len(r.Method) + len(" ") + len(r.RequestURI) + len(" ") + len(r.Proto) + len(r.Host)
	for _, values := range r.Header {
		for _, v := range values {
			n += len(v)
		}
	}
	return n
}

// timeout is the integration's: 30 s by default and at most.
func timeout(d time.Duration) time.Duration {
	if d <= 0 || d > maxTimeout {
		return maxTimeout
	}
	return d
}

// requestID makes an id of the form that API Gateway's have: 15 URL-safe
// characters and "=".
func requestID() string {
	var b [11]byte
	rand.Read(b[:])
	return base64.URLEncoding.EncodeToString(b[:])
}

func sourceIP(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
