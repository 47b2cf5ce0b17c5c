package rounds

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/coldcrank/coldcrank/infra/outputs"
	"github.com/coldcrank/coldcrank/lambda/reportlog"
	"github.com/coldcrank/coldcrank/scripts/internal/target"
)

const (
	burst = 3
	warm  = 4
)

// world is what a run meets: a gateway on loopback and, without a network, the
// AWS API. The first burst requests to a version are cold, whatever the
// machine is doing.
type world struct {
	t       *testing.T
	gateway *httptest.Server

	mu        sync.Mutex
	functions map[string]*function
	events    []logEvent
	requests  []request
	counts    map[string]int // of operations, by "name function"

	// Hooks, all with mu held.
	refuse func(operation string, n int) bool // the n-th one, from 1
	status func(function string) int          // of the gateway's answer; 0: 200
	hold   func(n int) bool                   // request n, from 1, gets no answer before its client goes away
	muted  bool                               // logs never come
	on     func(n int)                        // after request n has come
}

type function struct {
	description, alias string
	versions           map[int]string // descriptions
	newest, revision   int
	served             map[string]int // requests, by version
}

type logEvent struct {
	group, stream, message string
	at                     time.Time
}

type request struct {
	function, version, method, path, host, body, authorization, extra string
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, functions: map[string]*function{}, counts: map[string]int{}}
	w.gateway = httptest.NewServer(http.HandlerFunc(w.invoke))
	t.Cleanup(w.gateway.Close)
	return w
}

// target makes a function and returns it as a plan has it.
func (w *world) target(name string) Target {
	w.functions[name] = &function{description: "of " + name, alias: "1", versions: map[int]string{1: "deployed"}, newest: 1, served: map[string]int{}}
	keys := credentials.NewStaticCredentialsProvider("key", "secret", "")
	return Target{
		Method: http.MethodGet, URL: w.gateway.URL + "/" + name,
		Target: &target.Target{
			Target: outputs.Target{Stack: "Shop", Name: name, FunctionName: name, Alias: "bench", Region: "eu-west-1",
				URL: w.gateway.URL + "/" + name, FunctionLogs: "/fn/" + name, AccessLogs: "/access/" + name},
			Credentials: keys, LogsPoll: time.Millisecond, StatePoll: time.Millisecond, Patience: time.Hour,
			Lambda: lambda.New(lambda.Options{Region: "eu-west-1", BaseEndpoint: aws.String("http://aws"), HTTPClient: w, Credentials: keys}),
			Logs:   cloudwatchlogs.New(cloudwatchlogs.Options{Region: "eu-west-1", BaseEndpoint: aws.String("http://aws"), HTTPClient: w, Credentials: keys}),
		},
	}
}

// state is everything that a run could leave behind.
func (w *world) state() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := ""
	for _, name := range slices.Sorted(maps.Keys(w.functions)) {
		f := w.functions[name]
		s += fmt.Sprintf("%s %q alias %s versions %v\n", name, f.description, f.alias, f.versions)
	}
	return s
}

// invoke is the gateway with the functions behind it.
func (w *world) invoke(rw http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the client is gone
	}
	if w.note(r, string(body), rw) {
		<-r.Context().Done()
	}
}

func (w *world) note(r *http.Request, body string, rw http.ResponseWriter) (hold bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	name := strings.Split(r.URL.Path, "/")[1]
	f := w.functions[name]
	n := len(w.requests) + 1
	w.requests = append(w.requests, request{name, f.alias, r.Method, r.URL.String(), r.Host, body, r.Header.Get("Authorization"), r.Header.Get("X-Extra")})
	f.served[f.alias]++
	if w.on != nil {
		w.on(n)
	}
	if w.hold != nil && w.hold(n) {
		return true
	}
	status := http.StatusOK
	if w.status != nil {
		status = max(w.status(name), status)
	}
	id := fmt.Sprintf("%s-%d", name, n)
	if !w.muted {
		w.log("/access/"+name, "access", fmt.Sprintf(`{"requestId":"gw-%s","lambdaRequestId":%q,"integrationLatency":"3","responseLatency":"4"}`, id, id))
		report := reportlog.Record{Kind: reportlog.Report, RequestID: id, Duration: new(time.Millisecond), BilledDuration: new(3 * time.Millisecond)}
		if f.served[f.alias] <= burst {
			report.InitDuration = new(2 * time.Millisecond)
		}
		stream := time.Now().UTC().Format("2006/01/02/") + name + "[" + f.alias + "]0"
		w.log("/fn/"+name, stream, reportlog.Record{Kind: reportlog.Start, RequestID: id, Version: f.alias}.Text()+report.Text())
	}
	rw.Header().Set("Apigw-Requestid", "gw-"+id)
	rw.WriteHeader(status)
	return false
}

func (w *world) log(group, stream, message string) {
	w.events = append(w.events, logEvent{group, stream, message, time.Now()})
}

// Do makes the world the SDK's HTTP client.
func (w *world) Do(r *http.Request) (*http.Response, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	rw := httptest.NewRecorder()
	var in struct {
		LogGroupName, LogStreamNamePrefix                    string
		Description, RevisionId, CodeSha256, FunctionVersion *string
	}
	if r.Body != nil && r.Method != http.MethodGet && r.Method != http.MethodDelete {
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			w.t.Errorf("%s %s: %v", r.Method, r.URL, err)
		}
	}
	if r.Header.Get("X-Amz-Target") != "" {
		w.filter(rw, in.LogGroupName, in.LogStreamNamePrefix)
		return rw.Result(), nil
	}
	name, path, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/2015-03-31/functions/"), "/")
	f := w.functions[name]
	operation := r.Method + " " + path + " " + name
	w.counts[operation]++
	if w.refuse != nil && w.refuse(operation, w.counts[operation]) {
		rw.Header().Set("X-Amzn-Errortype", "AccessDeniedException")
		rw.WriteHeader(http.StatusForbidden)
		fmt.Fprint(rw, `{"message":"refused by the test"}`)
		return rw.Result(), nil
	}
	if in.RevisionId != nil && *in.RevisionId != fmt.Sprint(f.revision) {
		w.t.Errorf("%s with revision %s, want %d", operation, *in.RevisionId, f.revision)
	}
	q := r.URL.Query().Get("Qualifier")
	switch r.Method + " " + path {
	case "GET configuration":
		answer(rw, f.configuration(q))
	case "PUT configuration":
		f.description = *in.Description
		f.revision++
		answer(rw, f.configuration(""))
	case "POST versions":
		f.newest++
		f.versions[f.newest] = *in.Description
		answer(rw, f.configuration(strconv.Itoa(f.newest)))
	case "GET versions":
		list := []any{f.configuration("")}
		for _, n := range slices.Sorted(maps.Keys(f.versions)) {
			list = append(list, f.configuration(strconv.Itoa(n)))
		}
		answer(rw, map[string]any{"Versions": list})
	case "PUT aliases/bench":
		f.alias = *in.FunctionVersion
		f.revision++
		fallthrough
	case "GET aliases/bench":
		answer(rw, map[string]any{"Name": "bench", "FunctionVersion": f.alias, "RevisionId": fmt.Sprint(f.revision)})
	case "DELETE ":
		n, err := strconv.Atoi(q)
		if err != nil || n == 1 || q == f.alias {
			w.t.Errorf("delete of %q with the alias on %s", q, f.alias)
		}
		delete(f.versions, n)
		rw.WriteHeader(http.StatusNoContent)
	default:
		w.t.Errorf("%s is no operation that a run needs", operation)
	}
	return rw.Result(), nil
}

func (f *function) configuration(qualifier string) map[string]any {
	m := map[string]any{"Version": "$LATEST", "Description": f.description, "CodeSha256": "c2hh", "State": "Active",
		"LastUpdateStatus": "Successful", "RevisionId": fmt.Sprint(f.revision)}
	if n, err := strconv.Atoi(qualifier); err == nil {
		m["Version"], m["Description"] = qualifier, f.versions[n]
	}
	return m
}

func (w *world) filter(rw http.ResponseWriter, group, prefix string) {
	events := []map[string]any{}
	for i, e := range w.events {
		if e.group == group && strings.HasPrefix(e.stream, prefix) {
			events = append(events, map[string]any{"logStreamName": e.stream, "message": e.message, "timestamp": e.at.UnixMilli(), "eventId": strconv.Itoa(i)})
		}
	}
	answer(rw, map[string]any{"events": events})
}

func answer(w http.ResponseWriter, body any) {
	json.NewEncoder(w).Encode(body) // into memory
}
