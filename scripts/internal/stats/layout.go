package stats

import (
	"math"
	"time"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
)

// Layout says where the time went that the client waited: medians of N samples
// that have a client's time, both latencies of the access log, and REPORT.
//
//	Network  Client − responseLatency: both ways, and the gateway's front
//	Gateway  responseLatency − integrationLatency: authorization, mapping
//	Lambda   integrationLatency − Init − Handler: placement, making the
//	         environment, routing to it; on the local executor also the wait for
//	         one of the few inits that run at a time
//	Init     Init Duration; 0 in warm samples
//	Handler  Duration
//
// The latencies are whole milliseconds on AWS (API Gateway Developer Guide,
// "Customize HTTP API access logs"), so that a difference can be
// negative: such a part counts as 0. Unexplained is Client without the sum of
// the parts, negative where the parts say more than the client saw. It holds
// that rounding, and that medians need not add up, so that the line always does.
type Layout struct {
	N           int           `json:"n"`
	Client      time.Duration `json:"client_ns"`
	Network     time.Duration `json:"network_ns"`
	Gateway     time.Duration `json:"gateway_ns"`
	Lambda      time.Duration `json:"lambda_ns"`
	Init        time.Duration `json:"init_ns"`
	Handler     time.Duration `json:"handler_ns"`
	Unexplained time.Duration `json:"unexplained_ns"`
}

// parts is the layout of one sample, none of them negative.
type parts struct{ client, network, gateway, lambda, init, handler time.Duration }

// partsOf returns false where the sample does not say all of it.
func partsOf(s *dataset.Sample) (p parts, ok bool) {
	client, ok := s.Client()
	if !ok || s.IntegrationLatencyMS == nil || s.ResponseLatencyMS == nil || s.DurationNS == nil {
		return parts{}, false
	}
	response, integration := milliseconds(*s.ResponseLatencyMS), milliseconds(*s.IntegrationLatencyMS)
	p = parts{client: client, handler: time.Duration(*s.DurationNS)}
	if s.InitNS != nil {
		p.init = time.Duration(*s.InitNS)
	}
	p.network = max(0, client-response)
	p.gateway = max(0, response-integration)
	p.lambda = max(0, integration-p.init-p.handler)
	return p, true
}

func milliseconds(ms float64) time.Duration {
	return time.Duration(math.Round(ms * float64(time.Millisecond)))
}

func layout(samples []parts) *Layout {
	if len(samples) == 0 {
		return nil
	}
	median := func(part func(parts) time.Duration) time.Duration {
		values := make([]time.Duration, len(samples))
		for i, p := range samples {
			values[i] = part(p)
		}
		return Distribute(values).P50
	}
	l := Layout{
		N:       len(samples),
		Client:  median(func(p parts) time.Duration { return p.client }),
		Network: median(func(p parts) time.Duration { return p.network }),
		Gateway: median(func(p parts) time.Duration { return p.gateway }),
		Lambda:  median(func(p parts) time.Duration { return p.lambda }),
		Init:    median(func(p parts) time.Duration { return p.init }),
		Handler: median(func(p parts) time.Duration { return p.handler }),
	}
	l.Unexplained = l.Client - l.Network - l.Gateway - l.Lambda - l.Init - l.Handler
	return &l
}
