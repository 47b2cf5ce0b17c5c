package awsapi

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"github.com/coldcrank/coldcrank/lambda/local/internal/function"
	"github.com/coldcrank/coldcrank/lambda/local/internal/logs"
)

func TestTypedErrors(t *testing.T) {
	f := &fake{}
	c := start(t, f, logs.New())
	call := func(code string) error {
		f.err = fmt.Errorf("invoke: %w", &function.Error{Code: code, Message: "why it was refused", Reason: "ReservedFunctionConcurrentInvocationLimitExceeded"})
		_, err := c.lambda.Invoke(t.Context(), &lambda.InvokeInput{FunctionName: new("health")})
		return err
	}
	checkMessage := func(code string, ok bool, message string) {
		t.Helper()
		if !ok || message != "why it was refused" {
			t.Errorf("%s: decoded %v with message %q", code, ok, message)
		}
	}
	var notFound *types.ResourceNotFoundException
	checkMessage("ResourceNotFoundException", errors.As(call("ResourceNotFoundException"), &notFound), notFound.ErrorMessage())
	var conflict *types.ResourceConflictException
	checkMessage("ResourceConflictException", errors.As(call("ResourceConflictException"), &conflict), conflict.ErrorMessage())
	var invalid *types.InvalidParameterValueException
	checkMessage("InvalidParameterValueException", errors.As(call("InvalidParameterValueException"), &invalid), invalid.ErrorMessage())
	var throttled *types.TooManyRequestsException
	checkMessage("TooManyRequestsException", errors.As(call("TooManyRequestsException"), &throttled), throttled.ErrorMessage())
	if throttled.Reason != types.ThrottleReasonReservedFunctionConcurrentInvocationLimitExceeded {
		t.Errorf("reason %q", throttled.Reason)
	}
	f.err = &function.Error{Code: "PreconditionFailedException", Message: "why it was refused"}
	_, err := c.lambda.UpdateAlias(t.Context(), &lambda.UpdateAliasInput{FunctionName: new("health"), Name: new("bench")})
	var precondition *types.PreconditionFailedException
	checkMessage("PreconditionFailedException", errors.As(err, &precondition), precondition.ErrorMessage())
	f.err = errors.New("disk full")
	_, err = c.lambda.GetAlias(t.Context(), &lambda.GetAliasInput{FunctionName: new("health"), Name: new("bench")})
	if service := (*types.ServiceException)(nil); !errors.As(err, &service) || service.ErrorMessage() != "disk full" {
		t.Errorf("own error: got %v, want ServiceException", err)
	}
}

func TestRefusals(t *testing.T) {
	f := &fake{}
	c, ctx, name := start(t, f, logs.New()), t.Context(), new("health")
	for _, tc := range []struct {
		want string
		call func() error
	}{
		{"GetFunction", func() error {
			_, err := c.lambda.GetFunction(ctx, &lambda.GetFunctionInput{FunctionName: name})
			return err
		}},
		{"ListAliases", func() error {
			_, err := c.lambda.ListAliases(ctx, &lambda.ListAliasesInput{FunctionName: name})
			return err
		}},
		{"GET /2015-03-31/event-source-mappings", func() error {
			_, err := c.lambda.ListEventSourceMappings(ctx, &lambda.ListEventSourceMappingsInput{})
			return err
		}},
		{"Logs_20140328.StartQuery", func() error {
			_, err := c.logs.StartQuery(ctx, &cloudwatchlogs.StartQueryInput{QueryString: new("fields"), StartTime: new(int64(1)), EndTime: new(int64(2))})
			return err
		}},
		{"GetSessionToken", func() error { _, err := c.sts.GetSessionToken(ctx, &sts.GetSessionTokenInput{}); return err }},
	} {
		err := tc.call()
		apiErr := smithy.APIError(nil)
		if !errors.As(err, &apiErr) || apiErr.ErrorCode() != "UnknownOperationException" || !strings.Contains(apiErr.ErrorMessage(), "does not answer "+tc.want) {
			t.Errorf("got %v, want UnknownOperationException that names %s", err, tc.want)
		}
	}
	for _, tc := range []struct {
		want string
		call func() error
	}{
		{`"Timeout"`, func() error {
			_, err := c.lambda.UpdateFunctionConfiguration(ctx, &lambda.UpdateFunctionConfigurationInput{FunctionName: name, Timeout: new(int32(3))})
			return err
		}},
		{`"$LATEST"`, func() error {
			_, err := c.lambda.DeleteFunction(ctx, &lambda.DeleteFunctionInput{FunctionName: name, Qualifier: new("$LATEST")})
			return err
		}},
		{"Qualifier", func() error {
			_, err := c.lambda.DeleteFunction(ctx, &lambda.DeleteFunctionInput{FunctionName: name})
			return err
		}},
		{"MaxItems", func() error {
			_, err := c.lambda.ListVersionsByFunction(ctx, &lambda.ListVersionsByFunctionInput{FunctionName: name, MaxItems: new(int32(0))})
			return err
		}},
		{"Marker", func() error {
			_, err := c.lambda.ListVersionsByFunction(ctx, &lambda.ListVersionsByFunctionInput{FunctionName: name, Marker: new("x")})
			return err
		}},
	} {
		err := tc.call()
		if invalid := (*types.InvalidParameterValueException)(nil); !errors.As(err, &invalid) || !strings.Contains(invalid.ErrorMessage(), tc.want) {
			t.Errorf("got %v, want InvalidParameterValueException that names %s", err, tc.want)
		}
	}
	if f.asked != nil {
		t.Errorf("refused requests reached the function: %v", f.asked)
	}
}
