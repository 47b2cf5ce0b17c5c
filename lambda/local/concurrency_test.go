package local_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/coldcrank/coldcrank/lambda/local"
)

// An account with a concurrency of one refuses the second request: Invoke as its
// API reference says, the HTTP API with 503 (see conclude of package gateway).
func TestAccountConcurrency(t *testing.T) {
	x := startTest(t, local.Options{Concurrency: 1})
	api := lambda.NewFromConfig(awsConfig(x), func(o *lambda.Options) { o.RetryMaxAttempts = 1 })
	settings, err := api.GetAccountSettings(t.Context(), &lambda.GetAccountSettingsInput{})
	check(t, err)
	if l := settings.AccountLimit; l.ConcurrentExecutions != 1 || *l.UnreservedConcurrentExecutions != 1 {
		t.Errorf("got %+v", *l)
	}
	go http.Get(base(t, x) + "/try/hang") // ends with the executor
	waitHanging(t, x, 1)
	if status, body, _ := get(t, base(t, x)+"/health"); status != http.StatusServiceUnavailable || body != `{"message":"Service Unavailable"}` {
		t.Errorf("the HTTP API answered %d %s", status, body)
	}
	_, err = api.Invoke(t.Context(), &lambda.InvokeInput{FunctionName: new("hello")})
	var refused *types.TooManyRequestsException
	if !errors.As(err, &refused) || refused.Reason != types.ThrottleReasonConcurrentInvocationLimitExceeded {
		t.Errorf("Invoke: got %v", err)
	}
}
