package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"github.com/coldcrank/coldcrank/infra/outputs"
	"github.com/coldcrank/coldcrank/lambda/reportlog"
	"github.com/coldcrank/coldcrank/scripts/internal/collect"
	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
	"github.com/coldcrank/coldcrank/scripts/internal/target"
)

// TestE2EMotoLogs collects from CloudWatch Logs as others wrote it: moto pages
// as AWS does, 10,000 events at a time, stream after stream and not by time, and
// it knows no prefix of streams. More than 25,000 events are put by the SDK, out
// of order and some of them twice, half of them of somebody else's requests.
func TestE2EMotoLogs(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a server of Python")
	}
	endpoint := startMoto(t, python(t, "moto_server"))
	const (
		functionGroup, accessGroup = "/orders/function", "/aws/vendedlogs/orders"
		versions, requests         = 2, 2000 // of each
		cold                       = 20 * time.Millisecond
	)
	var pages atomic.Int32
	client := cloudwatchlogs.New(cloudwatchlogs.Options{
		Region: "us-east-1", BaseEndpoint: &endpoint, Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
		HTTPClient: countingClient{&pages},
	})
	random := rand.New(rand.NewPCG(1, 2))
	began := time.Now().Add(-2 * time.Minute)
	put := newPutter(t, client, functionGroup, accessGroup)
	event := func(group, stream, message string) {
		at := began.Add(time.Duration(random.IntN(60_000)) * time.Millisecond)
		put.add(group, stream, at, message)
		if random.IntN(4) == 0 {
			put.add(group, stream, at, message) // AWS may deliver twice
		}
	}
	serve := func(gateway, request, version string, init time.Duration) {
		access, err := json.Marshal(map[outputs.AccessKey]string{
			outputs.AccessRequestID: gateway, outputs.AccessLambdaRequestID: request,
			outputs.AccessIntegrationLatencyMS: "25", outputs.AccessResponseLatencyMS: "27",
		})
		if err != nil {
			t.Fatal(err)
		}
		event(accessGroup, fmt.Sprint("access-", random.IntN(3)), string(access))
		stream := fmt.Sprintf("%s/orders[%s]%032x", began.UTC().Format("2006/01/02"), version, random.IntN(40))
		event(functionGroup, stream, string(reportlog.Record{Kind: reportlog.Start, RequestID: request, Version: version, Time: began}.JSON()))
		report := reportlog.Record{Kind: reportlog.Report, RequestID: request, Time: began, Status: "success", Duration: new(2 * time.Millisecond)}
		if init > 0 {
			report.InitDuration = &init
		}
		event(functionGroup, stream, string(report.JSON()))
	}

	tgt := &target.Target{
		Target: outputs.Target{Stack: "Shop", Name: "Orders", FunctionName: "orders", Region: "us-east-1", FunctionLogs: functionGroup, AccessLogs: accessGroup},
		Logs:   client, LogsPoll: 20 * time.Millisecond, Patience: 3 * time.Minute,
	}
	want := map[*dataset.Sample]string{}
	var batches []collect.Batch
	for v := range versions {
		version := fmt.Sprint(v + 7)
		b := collect.Batch{Target: tgt, JSONLogs: true, Version: version, From: began, To: began.Add(time.Minute)}
		for i := range requests {
			id := fmt.Sprintf("%d-%d", v, i)
			serve("g"+id, "r"+id, version, time.Duration(i%2)*cold)
			serve("x"+id, "y"+id, version, 0) // somebody else's
			s := &dataset.Sample{Target: tgt.String(), Index: i, Status: http.StatusOK, GatewayRequestID: "g" + id}
			want[s] = fmt.Sprint("r"+id, " ", []dataset.Outcome{dataset.WarmStart, dataset.Cold}[i%2])
			b.Samples = append(b.Samples, s)
		}
		batches = append(batches, b)
	}
	sent := put.flush()
	if sent < 25_000 {
		t.Fatalf("%d events put, want 25,000", sent)
	}

	back, wrong := 0, 0
	pages.Store(0)
	c := collect.New(func(b collect.Batch) {
		for _, s := range b.Samples {
			back++
			if got := fmt.Sprint(s.RequestID, " ", s.Outcome); got != want[s] {
				if wrong++; wrong < 5 {
					t.Errorf("%s: got %s, want %s", s.GatewayRequestID, got, want[s])
				}
			}
		}
	})
	for _, b := range batches {
		c.Add(b)
	}
	c.Close()
	started := time.Now()
	if err := c.Run(t.Context()); err != nil {
		t.Error(err)
	}
	if back != versions*requests || wrong > 0 {
		t.Errorf("%d samples came back, %d of them wrong; want %d", back, wrong, versions*requests)
	}
	if w := c.Warnings(); w != nil {
		t.Errorf("warnings %q", w)
	}
	if pages.Load() < 5 {
		t.Errorf("%d calls: that was no paging", pages.Load())
	}
	t.Logf("%d requests joined from %d events in %d calls, %s", back, sent, pages.Load(), time.Since(started).Round(time.Millisecond))
}

// countingClient counts calls.
type countingClient struct{ n *atomic.Int32 }

func (c countingClient) Do(r *http.Request) (*http.Response, error) {
	c.n.Add(1)
	return http.DefaultClient.Do(r)
}

// putter brings events to their streams in calls of any order, each of which is
// sorted, as PutLogEvents wants it.
type putter struct {
	t      *testing.T
	client *cloudwatchlogs.Client
	events map[[2]string][]types.InputLogEvent // by group and stream
}

func newPutter(t *testing.T, client *cloudwatchlogs.Client, groups ...string) *putter {
	t.Helper()
	for _, g := range groups {
		if _, err := client.CreateLogGroup(t.Context(), &cloudwatchlogs.CreateLogGroupInput{LogGroupName: &g}); err != nil {
			t.Fatal(err)
		}
	}
	return &putter{t, client, map[[2]string][]types.InputLogEvent{}}
}

func (p *putter) add(group, stream string, at time.Time, message string) {
	key := [2]string{group, stream}
	p.events[key] = append(p.events[key], types.InputLogEvent{Timestamp: aws.Int64(at.UnixMilli()), Message: &message})
}

// flush puts everything, a thousand events of a stream a call: later calls
// bring events of before.
func (p *putter) flush() (sent int) {
	p.t.Helper()
	for key, list := range p.events {
		group, stream := key[0], key[1]
		if _, err := p.client.CreateLogStream(p.t.Context(), &cloudwatchlogs.CreateLogStreamInput{LogGroupName: &group, LogStreamName: &stream}); err != nil {
			p.t.Fatal(err)
		}
		for part := range slices.Chunk(list, 1000) {
			slices.SortStableFunc(part, func(a, b types.InputLogEvent) int { return cmp.Compare(*a.Timestamp, *b.Timestamp) })
			out, err := p.client.PutLogEvents(p.t.Context(), &cloudwatchlogs.PutLogEventsInput{LogGroupName: &group, LogStreamName: &stream, LogEvents: part})
			if err != nil || out.RejectedLogEventsInfo != nil {
				p.t.Fatalf("put: %+v (%v)", out, err)
			}
			sent += len(part)
		}
	}
	return sent
}
