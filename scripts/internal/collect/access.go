package collect

import (
	"context"
	"encoding/json"
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
}

// accessLog is the access log of a target. Its records are read once for all
// batches: it cannot be narrowed to a version.
type accessLog struct {
	source  *source
	records map[string]accessRecord // by the gateway's id, until a batch takes them
}

func newAccessLog(t *target.Target, from time.Time) *accessLog {
	return &accessLog{
		source:  newSource(t, t.AccessLogs, "", "", from),
		records: map[string]accessRecord{},
	}
}

func (a *accessLog) read(ctx context.Context, p *pace) error {
	return a.source.read(ctx, p, func(e types.FilteredLogEvent) {
		if id, r, ok := parseAccess(aws.ToString(e.Message)); ok {
			a.records[id] = r
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
