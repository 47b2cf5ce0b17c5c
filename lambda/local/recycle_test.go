package local_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/coldcrank/coldcrank/lambda/local"
)

// TestRecycle does what a run does: recycle, a request, its REPORT and its
// record of the access log, joined by their ids.
func TestRecycle(t *testing.T) {
	x, ctx := startTest(t, local.Options{}), t.Context()
	client, cw := lambda.NewFromConfig(awsConfig(x)), cloudwatchlogs.NewFromConfig(awsConfig(x))
	url, err := x.URL("Hello")
	check(t, err)
	pids := map[string]bool{}
	for round := range 3 {
		name := new("hello")
		before, err := client.GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: name})
		check(t, err)
		_, err = client.UpdateFunctionConfiguration(ctx, &lambda.UpdateFunctionConfigurationInput{
			FunctionName: name, Description: new(fmt.Sprint("nonce ", round)), RevisionId: before.RevisionId})
		check(t, err)
		var now *lambda.GetFunctionConfigurationOutput
		waitFor(t, "update", func() bool {
			now, err = client.GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: name})
			check(t, err)
			return now.LastUpdateStatus == types.LastUpdateStatusSuccessful
		})
		if _, err := client.PublishVersion(ctx, &lambda.PublishVersionInput{FunctionName: name, RevisionId: before.RevisionId}); true {
			if stale := (*types.PreconditionFailedException)(nil); !errors.As(err, &stale) {
				t.Fatalf("publish with an old RevisionId: %v, want PreconditionFailedException", err)
			}
		}
		v, err := client.PublishVersion(ctx, &lambda.PublishVersionInput{FunctionName: name, RevisionId: now.RevisionId, CodeSha256: now.CodeSha256})
		check(t, err)
		_, err = client.UpdateAlias(ctx, &lambda.UpdateAliasInput{FunctionName: name, Name: new("bench"), FunctionVersion: v.Version})
		check(t, err)

		status, pid, id := get(t, strings.Replace(url, "/health", "/try/pid", 1))
		if status != 200 || pids[pid] {
			t.Fatalf("round %d: %d, process %s, seen before: %v", round, status, pid, pids[pid])
		}
		pids[pid] = true
		var record struct{ Lambda, Status, IntegrationLatency, ResponseLatency string }
		find(t, cw, "/aws/vendedlogs/tiny", id, &record)
		if record.Status != "200" {
			t.Errorf("record %+v", record)
		}
		if a, err := strconv.Atoi(record.IntegrationLatency); err != nil || a < 0 {
			t.Errorf("integration latency %q", record.IntegrationLatency)
		}
		var report struct {
			Type   string
			Record struct {
				Metrics struct{ InitDurationMs, DurationMs float64 }
			}
		}
		find(t, cw, "/tiny/hello", `"platform.report" "`+record.Lambda+`"`, &report)
		if m := report.Record.Metrics; m.InitDurationMs <= 0 || m.DurationMs <= 0 {
			t.Errorf("round %d: no cold REPORT: %+v", round, report)
		}
	}
}

// find polls for the one event of a group that holds the terms, and decodes it.
func find(t *testing.T, cw *cloudwatchlogs.Client, group, terms string, into any) {
	t.Helper()
	if !strings.HasPrefix(terms, `"`) {
		terms = `"` + terms + `"`
	}
	var out *cloudwatchlogs.FilterLogEventsOutput
	waitFor(t, terms+" in "+group, func() bool {
		var err error
		out, err = cw.FilterLogEvents(t.Context(), &cloudwatchlogs.FilterLogEventsInput{LogGroupName: &group, FilterPattern: &terms})
		check(t, err)
		return len(out.Events) > 0
	})
	if len(out.Events) != 1 {
		t.Fatalf("%d events with %s in %s", len(out.Events), terms, group)
	}
	if err := json.Unmarshal([]byte(*out.Events[0].Message), into); err != nil {
		t.Fatalf("%v: %s", err, *out.Events[0].Message)
	}
}
