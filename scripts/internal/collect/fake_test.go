package collect

import (
	"encoding/json"
	"fmt"
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

	"github.com/coldcrank/coldcrank/infra/outputs"
	"github.com/coldcrank/coldcrank/lambda/reportlog"
	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
	"github.com/coldcrank/coldcrank/scripts/internal/target"
)

const (
	accessGroup = "/aws/vendedlogs/orders"
	region      = "eu-west-1"
	poll        = 200 * time.Millisecond
	patience    = 3 * time.Minute
)

// cloud is CloudWatch Logs as the SDK meets it on the wire. It answers without
// a network, so that tests run in synthetic time.
type cloud struct {
	environments int // that the target's alias keeps provisioned
	t            testing.TB
	group        string // of the function
	function     string
	json         bool

	mu       sync.Mutex // of events, which some tests add while a collector reads
	events   []event
	pageSize int // events a page; 0: all
	empty    int // empty pages before each page
	shuffle  bool
	fail     func(n int, group string) (code, message string) // of call n, from 0; "": not

	silent func(n int) bool // call n is not answered

	ids   int
	calls []call

	ahead time.Duration // of the machine's clock, without waiting for it
}

func (c *cloud) now() time.Time { return time.Now().Add(c.ahead) }

type event struct {
	group, stream, id, message string
	at, visible                time.Time
}

type call struct {
	at             time.Time
	group, prefix  string
	token, pattern string
}

// newCloud starts at noon, far from midnight.
func newCloud(t *testing.T) *cloud {
	time.Sleep(12 * time.Hour)
	return &cloud{t: t, group: "/orders/function", function: "orders"}
}

func (c *cloud) target() *target.Target {
	return &target.Target{
		Target: outputs.Target{Stack: "Shop", Name: "Orders", FunctionName: c.function, Region: region,
			FunctionLogs: c.group, AccessLogs: accessGroup},
		LogsPoll: poll, Patience: patience,
		Logs: cloudwatchlogs.New(cloudwatchlogs.Options{
			Region: region, BaseEndpoint: aws.String("http://cloud.watch"), HTTPClient: c,
			Credentials: credentials.NewStaticCredentialsProvider("key", "secret", ""),
		}),
	}
}

// put adds an event of now, to be seen after a delay.
func (c *cloud) put(group, stream, message string, delay time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.events = append(c.events, event{group: group, stream: stream, message: message,
		id: c.id(), at: c.now(), visible: c.now().Add(delay)})
}

// id is of an event, as long as AWS's are.
func (c *cloud) id() string {
	c.ids++
	return fmt.Sprintf("%056d", c.ids)
}

// stream is the name of an environment's log stream as AWS documents it.
func (c *cloud) stream(version, id string) string {
	return c.now().UTC().Format("2006/01/02") + "/" + c.function + "[" + version + "]" + id
}

// access is the gateway's record of a request.
func (c *cloud) access(gateway, request string, delay time.Duration, more ...string) {
	values := map[outputs.AccessKey]string{
		outputs.AccessRequestID: gateway, outputs.AccessExtendedRequestID: gateway,
		outputs.AccessLambdaRequestID: request, outputs.AccessAWSEndpointRequestID: "-",
		outputs.AccessIntegrationLatencyMS: "12", outputs.AccessResponseLatencyMS: "14.5",
		outputs.AccessIntegrationError: "-", outputs.AccessError: "-",
	}
	for i := 0; i < len(more); i += 2 {
		values[outputs.AccessKey(more[i])] = more[i+1]
	}
	data, err := json.Marshal(values)
	if err != nil {
		c.t.Fatal(err)
	}
	c.put(accessGroup, "access", string(data), delay)
}

func (c *cloud) line(r reportlog.Record) string {
	if c.json {
		r.Time = time.Now()
		return string(r.JSON())
	}
	return r.Text()
}

func (c *cloud) start(request, version string) string {
	return c.line(reportlog.Record{Kind: reportlog.Start, RequestID: request, Version: version})
}

// report is the REPORT of a request, of a cold start unless init is 0.
func (c *cloud) report(request string, init time.Duration) string {
	r := reportlog.Record{Kind: reportlog.Report, RequestID: request,
		Duration: new(1500 * time.Microsecond), BilledDuration: new(22 * time.Millisecond),
		MemorySizeMB: new(512), MaxMemoryUsedMB: new(16)}
	if c.json {
		r.Status = "success"
	}
	if init > 0 {
		r.InitDuration = &init
	}
	return c.line(r)
}

// serve is one request whose lines come at once.
func (c *cloud) serve(gateway, request, version string, init time.Duration) {
	c.access(gateway, request, 0)
	c.put(c.group, c.stream(version, "e-"+request), c.start(request, version), 0)
	c.put(c.group, c.stream(version, "e-"+request), c.report(request, init), 0)
}

// Do makes the cloud the SDK's HTTP client.
func (c *cloud) Do(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	w := httptest.NewRecorder()
	if got := r.Header.Get("X-Amz-Target"); got != "Logs_20140328.FilterLogEvents" {
		c.t.Errorf("operation %q", got)
	}
	var in struct {
		LogGroupName, LogStreamNamePrefix, FilterPattern, NextToken string
		StartTime                                                   int64
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		c.t.Errorf("body: %v", err)
	}
	n := len(c.calls)
	c.calls = append(c.calls, call{time.Now(), in.LogGroupName, in.LogStreamNamePrefix, in.NextToken, in.FilterPattern})
	if c.silent != nil && c.silent(n) {
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	if c.fail != nil {
		if code, message := c.fail(n, in.LogGroupName); code != "" {
			w.WriteHeader(http.StatusBadRequest)
			json.NewEncoder(w).Encode(map[string]string{"__type": code, "message": message})
			return w.Result(), nil
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	var found []event
	for _, e := range c.events {
		if e.group == in.LogGroupName && strings.HasPrefix(e.stream, in.LogStreamNamePrefix) &&
			e.at.UnixMilli() >= in.StartTime && !e.visible.After(c.now()) {
			found = append(found, e)
		}
	}
	if c.shuffle {
		slices.Reverse(found)
	}
	json.NewEncoder(w).Encode(c.page(found, in.NextToken)) // into memory
	return w.Result(), nil
}

func (c *cloud) page(found []event, token string) map[string]any {
	page, _ := strconv.Atoi(token) // absent: the first
	size := c.pageSize
	if size == 0 {
		size = max(len(found), 1)
	}
	of := page / (c.empty + 1)
	last := max((len(found)+size-1)/size, 1)*(c.empty+1) - 1
	events := []map[string]any{}
	if page%(c.empty+1) == c.empty {
		for _, e := range found[min(of*size, len(found)):min((of+1)*size, len(found))] {
			events = append(events, map[string]any{"logStreamName": e.stream, "timestamp": e.at.UnixMilli(),
				"ingestionTime": e.visible.UnixMilli(), "message": e.message, "eventId": e.id})
		}
	}
	out := map[string]any{"events": events, "searchedLogStreams": []any{}}
	if page < last {
		out["nextToken"] = strconv.Itoa(page + 1)
	}
	return out
}

// batch is n requests that the gateway knows as g0, g1, …, answered just now.
func (c *cloud) batch(version string, n int) Batch {
	b := Batch{Target: c.target(), JSONLogs: c.json, Version: version, From: c.now(), To: c.now()}
	for i := range n {
		b.Samples = append(b.Samples, &dataset.Sample{Target: "Shop/Orders", Index: i, Status: 200,
			GatewayRequestID: fmt.Sprintf("g%d", i), Outcome: dataset.LogMissing})
	}
	return b
}

// outcomes are those of a batch's samples, in order.
func outcomes(b Batch) string {
	var list []string
	for _, s := range b.Samples {
		list = append(list, string(s.Outcome))
	}
	return strings.Join(list, ", ")
}
