package target

import (
	"context"
	"fmt"

	"github.com/coldcrank/coldcrank/infra/outputs"
)

// executorPollMS is the pace of calls to an executor whose own is not known.
const executorPollMS = 20

// At is a target that was found before, by what a journal keeps of it: function,
// alias, Region, and the endpoint of an executor that is not AWS, or "". It can
// be put back, not measured. profile is one of the AWS configuration, or "" for
// what the SDK's default chain says; a journal keeps none.
func At(ctx context.Context, what outputs.Target, endpoint, profile string) (*Target, error) {
	t := &Target{Target: what, profile: profile}
	if endpoint != "" {
		t.Executor = &outputs.Executor{Name: "local", Endpoint: endpoint, PollMS: executorPollMS}
		t.URL = endpoint // it is measured nowhere else
	}
	if err := t.connect(ctx); err != nil {
		return nil, fmt.Errorf("%s: %w", t, err)
	}
	return t, nil
}
