package collect

import (
	"context"
	"encoding/json"
	"maps"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"github.com/coldcrank/coldcrank/infra/outputs"
	"github.com/coldcrank/coldcrank/scripts/internal/target"
)

// accessRecord is what the gateway wrote about a request.
type accessRecord struct {
	requestID          string // Lambda's; empty where the request never got there
	integrationLatency *float64
	responseLatency    *float64
	err                string
	at                 time.Time // of the event
}

// accessLog is the access log of a target. Its records are read once for all
// batches: it cannot be narrowed to a version. Of records that no batch waits
// for it keeps those that may be of a round under way.
type accessLog struct {
	source  *source
	waiting map[string]*join // by the gateway's id
	early   map[string]accessRecord
	horizon time.Time // batches to come have no request from before
}

func newAccessLog(t *target.Target, from time.Time) *accessLog {
	return &accessLog{
		source:  newSource(t, t.AccessLogs, "", "", from),
		waiting: map[string]*join{},
		early:   map[string]accessRecord{},
	}
}

// expect is told of each batch once, in the order in which they were sent.
func (a *accessLog) expect(j *join) {
	for id := range j.byGateway {
		if r, ok := a.early[id]; ok {
			delete(a.early, id)
			j.takeAccess(id, r)
		} else {
			a.waiting[id] = j
		}
	}
	a.horizon = j.To.Add(-skew)
	maps.DeleteFunc(a.early, func(_ string, r accessRecord) bool { return r.at.Before(a.horizon) })
}

// forget drops what a batch waits for.
func (a *accessLog) forget(j *join) {
	for id := range j.byGateway {
		delete(a.waiting, id)
	}
}

func (a *accessLog) read(ctx context.Context, p *pace) error {
	return a.source.read(ctx, p, func(e types.FilteredLogEvent) {
		id, r, ok := parseAccess(aws.ToString(e.Message))
		if !ok {
			return
		}
		if j := a.waiting[id]; j != nil {
			delete(a.waiting, id)
			j.takeAccess(id, r)
			return
		}
		if r.at = time.UnixMilli(aws.ToInt64(e.Timestamp)); !r.at.Before(a.horizon) {
			a.early[id] = r
		}
	})
}

// parseAccess reads an access record in the format of outputs.AccessLogFormat.
// ok is false for anything else, which is somebody else's and no error.
func parseAccess(message string) (gatewayID string, r accessRecord, ok bool) {
	var values map[outputs.AccessKey]string
	if json.Unmarshal([]byte(message), &values) != nil {
		return "", accessRecord{}, false
	}
	get := func(keys ...outputs.AccessKey) string {
		for _, k := range keys {
			if v := values[k]; v != "" && v != "-" {
				return v
			}
		}
		return ""
	}
	number := func(k outputs.AccessKey) *float64 {
		f, err := strconv.ParseFloat(get(k), 64)
		if err != nil {
			return nil
		}
		return &f
	}
	r = accessRecord{
		requestID:          get(outputs.AccessLambdaRequestID, outputs.AccessAWSEndpointRequestID),
		integrationLatency: number(outputs.AccessIntegrationLatencyMS),
		responseLatency:    number(outputs.AccessResponseLatencyMS),
		err:                get(outputs.AccessIntegrationError, outputs.AccessError),
	}
	gatewayID = get(outputs.AccessRequestID, outputs.AccessExtendedRequestID)
	return gatewayID, r, gatewayID != ""
}
