package gateway

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coldcrank/coldcrank/lambda/local/internal/assembly"
	"github.com/coldcrank/coldcrank/lambda/local/internal/function"
	"github.com/coldcrank/coldcrank/lambda/local/internal/logs"
)

const (
	testAccount = "123456789012"
	testRegion  = "eu-central-1"
	testLog     = "/aws/vendedlogs/front"
)

// invokerFunc is a function that needs no process.
type invokerFunc func(ctx context.Context, payload []byte) (function.Result, error)

func (f invokerFunc) Invoke(ctx context.Context, qualifier string, payload []byte, traceID string) (function.Result, error) {
	return f(ctx, payload)
}

// says answers every request with the same payload.
func says(payload string) invokerFunc {
	return func(context.Context, []byte) (function.Result, error) {
		return function.Result{RequestID: "6bc28136-xmpl", ExecutedVersion: "1", Payload: []byte(payload)}, nil
	}
}

// newGateway makes the front of an API whose routes, given by key, all lead to f.
func newGateway(t *testing.T, f Invoker, change func(*assembly.API), keys ...string) (*Gateway, *logs.Store) {
	t.Helper()
	fn := &assembly.Function{Name: "health"}
	api := &assembly.API{
		ID: "a1b2c3d4e5", Name: "front", Stage: "$default", AccessLog: testLog,
		AccessFormat: `{"id":"$context.requestId","lambda":"$context.integration.requestId","status":$context.status}`,
	}
	for _, k := range keys {
		api.Routes = append(api.Routes, &assembly.Route{Key: k, Auth: "NONE", Payload: "2.0", Function: fn, Qualifier: "bench"})
	}
	if change != nil {
		change(api)
	}
	store := logs.New()
	invokers := map[*assembly.Function]Invoker{}
	if f != nil {
		invokers[fn] = f
	}
	g, err := New(api, testAccount, testRegion, invokers, store)
	if err != nil {
		t.Fatal(err)
	}
	return g, store
}

func get(g *Gateway, target string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	g.ServeHTTP(w, httptest.NewRequest("GET", target, nil))
	return w
}

func records(t *testing.T, store *logs.Store) []string {
	t.Helper()
	events, _, err := store.Filter(logs.Query{Group: testLog})
	if err != nil {
		t.Fatal(err)
	}
	var messages []string
	for _, e := range events {
		messages = append(messages, e.Message)
	}
	return messages
}

func TestAnswer(t *testing.T) {
	g, store := newGateway(t, says(`{"statusCode":200,"headers":{"content-type":"text/plain"},"body":"Healthy"}`), nil, "GET /health")
	w := get(g, "/health")
	if w.Code != 200 || w.Body.String() != "Healthy" || w.Header().Get("Content-Type") != "text/plain" {
		t.Errorf("got %d %q %v", w.Code, w.Body, w.Header())
	}
	id := w.Header().Get("apigw-requestid")
	if len(id) != 16 || !strings.HasSuffix(id, "=") {
		t.Errorf("apigw-requestid = %q, want 15 characters and =", id)
	}
	want := fmt.Sprintf(`{"id":"%s","lambda":"6bc28136-xmpl","status":200}`, id)
	if got := records(t, store); len(got) != 1 || got[0] != want {
		t.Errorf("access log = %q, want %q", got, want)
	}
}

func TestStatuses(t *testing.T) {
	refusal := func(code string) invokerFunc {
		return func(context.Context, []byte) (function.Result, error) {
			return function.Result{}, &function.Error{Code: code, Message: "no"}
		}
	}
	failed := invokerFunc(func(context.Context, []byte) (function.Result, error) {
		return function.Result{FunctionError: "Unhandled", Payload: []byte(`{"errorMessage":"boom"}`)}, nil
	})
	iam := func(a *assembly.API) { a.Routes[0].Auth = "AWS_IAM" }
	dev := func(a *assembly.API) { a.Stage = "dev" }
	for _, tc := range []struct {
		name    string
		invoker Invoker
		change  func(*assembly.API)
		target  string
		body    int
		status  int
		message string
	}{
		{"no route", says(`{}`), nil, "/other", 0, 404, "Not Found"},
		{"other stage", says(`{}`), dev, "/health", 0, 404, "Not Found"},
		{"function error", failed, nil, "/health", 0, 500, "Internal Server Error"},
		{"malformed", says(`{"statusCode":"two hundred"}`), nil, "/health", 0, 500, "Internal Server Error"},
		{"throttled by Lambda", refusal("TooManyRequestsException"), nil, "/health", 0, 503, "Service Unavailable"},
		{"other refusal", refusal("ResourceNotFoundException"), nil, "/health", 0, 500, "Internal Server Error"},
		{"cannot run here", nil, nil, "/health", 0, 500, "Internal Server Error"},
		{"unsigned", says(`{}`), iam, "/health", 0, 403, "Forbidden"},
		{"over 10 MB", says(`{}`), nil, "/health", maxBody + 1, 413, "Request Entity Too Large"},
		{"over Lambda's 6 MB", says(`{}`), nil, "/health", maxEvent, 413, "Request Entity Too Large"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			g, store := newGateway(t, tc.invoker, tc.change, "ANY /health")
			w := httptest.NewRecorder()
			r := httptest.NewRequest("POST", tc.target, bytes.NewReader(make([]byte, tc.body)))
			r.Header.Set("Content-Type", "text/plain")
			g.ServeHTTP(w, r)
			want := fmt.Sprintf(`{"message":"%s"}`, tc.message)
			if w.Code != tc.status || w.Body.String() != want {
				t.Errorf("got %d %s, want %d %s", w.Code, w.Body, tc.status, want)
			}
			if got := w.Header().Get("Content-Type"); got != "application/json" {
				t.Errorf("content-type = %q", got)
			}
			if w.Header().Get("apigw-requestid") == "" {
				t.Error("no apigw-requestid")
			}
			logged := 1
			if tc.name == "other stage" { // documented: without a stage no log
				logged = 0
			}
			if got := records(t, store); len(got) != logged {
				t.Errorf("access log = %q, want %d records", got, logged)
			}
		})
	}
}

func TestTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		var finished bool
		slow := invokerFunc(func(ctx context.Context, _ []byte) (function.Result, error) {
			select {
			case <-release:
				finished = true
			case <-ctx.Done():
			}
			return function.Result{}, ctx.Err()
		})
		g, _ := newGateway(t, slow, nil, "GET /health")
		start := time.Now()
		w := get(g, "/health")
		if w.Code != 503 || w.Body.String() != `{"message":"Service Unavailable"}` {
			t.Errorf("got %d %s", w.Code, w.Body)
		}
		if got := time.Since(start); got != 30*time.Second {
			t.Errorf("answered after %v, want 30s", got)
		}
		close(release)
		g.Wait()
		if !finished {
			t.Error("the invocation did not run on after the gateway gave it up")
		}
	})
}

func TestClientGoneDoesNotStopTheFunction(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	f := invokerFunc(func(ctx context.Context, _ []byte) (function.Result, error) {
		cancel()
		return function.Result{Payload: []byte(`"ok"`)}, ctx.Err()
	})
	g, _ := newGateway(t, f, nil, "GET /health")
	w := httptest.NewRecorder()
	g.ServeHTTP(w, httptest.NewRequest("GET", "/health", nil).WithContext(ctx))
	if w.Code != 200 {
		t.Errorf("got %d, want the function's answer", w.Code)
	}
}

func TestThrottling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, _ := newGateway(t, says(`"ok"`), func(a *assembly.API) { a.RateLimit, a.BurstLimit = 10, 3 }, "GET /health")
		var got []int
		for range 4 {
			got = append(got, get(g, "/health").Code)
		}
		time.Sleep(100 * time.Millisecond) // synctest's clock: one token comes back
		got = append(got, get(g, "/health").Code, get(g, "/health").Code)
		if want := []int{200, 200, 200, 429, 200, 429}; fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("got %v, want %v", got, want)
		}
		g.Wait()
	})
}

func TestNewRefusesRouteKeys(t *testing.T) {
	for _, key := range []string{"", "GET", "GET health", "/health", "GET /{proxy+}/more"} {
		_, err := New(&assembly.API{Routes: []*assembly.Route{{Key: key}}}, testAccount, testRegion, nil, logs.New())
		if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("%q", key)) {
			t.Errorf("key %q: got error %v, want one that names it", key, err)
		}
	}
}

func TestConcludeUnwraps(t *testing.T) {
	err := fmt.Errorf("invoke: %w", &function.Error{Code: "TooManyRequestsException"})
	var rec record
	if got := conclude(function.Result{}, err, &rec); got.status != 503 || rec.lambdaStatus != 429 {
		t.Errorf("got %d, Lambda's %d", got.status, rec.lambdaStatus)
	}
	if got := conclude(function.Result{}, errors.New("broken"), &rec); got.status != 500 {
		t.Errorf("got %d, want 500", got.status)
	}
}

func BenchmarkServe(b *testing.B) {
	fn := &assembly.Function{Name: "health"}
	api := &assembly.API{ID: "a1b2c3d4e5", Stage: "$default", Routes: []*assembly.Route{{Key: "GET /health", Function: fn}}}
	g, err := New(api, testAccount, testRegion, map[*assembly.Function]Invoker{fn: says(`{"statusCode":200,"body":"Healthy"}`)}, logs.New())
	if err != nil {
		b.Fatal(err)
	}
	r := httptest.NewRequest("GET", "/health", nil)
	b.ReportAllocs()
	for b.Loop() {
		g.ServeHTTP(httptest.NewRecorder(), r)
	}
}
