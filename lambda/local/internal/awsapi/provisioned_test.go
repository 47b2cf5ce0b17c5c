package awsapi

import (
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/coldcrank/coldcrank/lambda/local/internal/function"
	"github.com/coldcrank/coldcrank/lambda/local/internal/logs"
)

func TestNoProvisionedConcurrency(t *testing.T) {
	c := start(t, &fake{}, logs.New())
	_, err := c.lambda.GetProvisionedConcurrencyConfig(t.Context(), &lambda.GetProvisionedConcurrencyConfigInput{FunctionName: new("health"), Qualifier: new("bench")})
	if none := (*types.ProvisionedConcurrencyConfigNotFoundException)(nil); !errors.As(err, &none) || none.ErrorMessage() == "" {
		t.Errorf("got %v, want ProvisionedConcurrencyConfigNotFoundException", err)
	}
	_, err = c.lambda.GetProvisionedConcurrencyConfig(t.Context(), &lambda.GetProvisionedConcurrencyConfigInput{FunctionName: new("health"), Qualifier: new("$LATEST")})
	if invalid := (*types.InvalidParameterValueException)(nil); !errors.As(err, &invalid) {
		t.Errorf("of $LATEST: got %v, want InvalidParameterValueException", err)
	}
}

func TestProvisionedConcurrency(t *testing.T) {
	f := &fake{provisioned: function.Provisioned{Requested: 5, Allocated: 2, Available: 1, Status: "FAILED", Reason: "FUNCTION_ERROR_INIT_FAILURE", Modified: time.Unix(1e9, 0)}}
	c := start(t, f, logs.New())
	out, err := c.lambda.GetProvisionedConcurrencyConfig(t.Context(), &lambda.GetProvisionedConcurrencyConfigInput{FunctionName: new("health"), Qualifier: new("bench")})
	check(t, err)
	if *out.RequestedProvisionedConcurrentExecutions != 5 || *out.AllocatedProvisionedConcurrentExecutions != 2 || *out.AvailableProvisionedConcurrentExecutions != 1 ||
		out.Status != types.ProvisionedConcurrencyStatusEnumFailed || aws.ToString(out.StatusReason) != "FUNCTION_ERROR_INIT_FAILURE" || *out.LastModified != "2001-09-09T01:46:40+0000" {
		t.Errorf("got %+v", out)
	}
}
