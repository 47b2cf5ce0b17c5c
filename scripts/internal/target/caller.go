package target

import (
	"context"
	"errors"
	"net"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// account asks who calls, which needs no permission (STS API Reference,
// GetCallerIdentity), and what the account admits. It returns nil where nobody
// answers that.
func (c *check) account(ctx context.Context) *Account {
	who, err := c.STS.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		c.noCaller(err)
		return nil
	}
	a := &Account{ID: aws.ToString(who.Account), Caller: aws.ToString(who.Arn), Region: c.Region, Local: c.Executor != nil}
	settings, err := c.Lambda.GetAccountSettings(ctx, &lambda.GetAccountSettingsInput{})
	if c.tried("lambda:GetAccountSettings", false, err) && settings.AccountLimit != nil && settings.AccountLimit.UnreservedConcurrentExecutions != nil {
		a.unreserved = new(int(*settings.AccountLimit.UnreservedConcurrentExecutions))
	}
	return a
}

// noCaller says why it is not known who calls. The first call to AWS meets all that
// can be wrong with a connection, which has nothing to do with credentials.
func (c *check) noCaller(err error) {
	unsent, isUnsent := errors.AsType[*smithyhttp.RequestSendError](err)
	name, isName := errors.AsType[*net.DNSError](err)
	switch {
	case c.Executor != nil && isUnsent:
		c.fail("it has ended, or its outputs are of an earlier start: start it again", "executor %q does not answer at %s: %v", c.Executor.Name, c.Executor.Endpoint, unsent.Err)
	case c.Executor != nil && Foreign(err):
		c.fail("it has ended, and another program has its port: start it again and take its outputs", "what answers at %s is not executor %q: %s", c.Executor.Endpoint, c.Executor.Name, reason(err))
	case isUnsent && !ofCredentials(err) && isName && name.IsNotFound:
		c.fail("is that the Region? --region names another one; without a network no address is found either", "there is no address of AWS in Region %s: %v", c.Region, unsent.Err)
	case isUnsent && !ofCredentials(err):
		c.fail("look at the network, and at HTTPS_PROXY and AWS_ENDPOINT_URL where they are set", "AWS does not answer in Region %s: %v", c.Region, unsent.Err)
	default:
		c.fail("`aws sts get-caller-identity` shows what credentials are in use; --profile names others", "credentials do not work: %s", reason(err))
	}
}

// ofCredentials reports whether a call was not even tried, because another one,
// which was to bring credentials for it, has failed.
func ofCredentials(err error) bool {
	call, ok := errors.AsType[*smithy.OperationError](err)
	if !ok {
		return false
	}
	_, another := errors.AsType[*smithy.OperationError](call.Err)
	return another
}

// Foreign reports whether what answered a call does not speak as AWS's services do:
// an answer that cannot be read, or an error without a code.
func Foreign(err error) bool {
	if refused, ok := errors.AsType[smithy.APIError](err); ok {
		return refused.ErrorCode() == "UnknownError" // the SDK's own
	}
	_, unreadable := errors.AsType[*smithy.DeserializationError](err)
	return unreadable
}

// AccountID asks which account the target's credentials are of. It needs no
// permission.
func (t *Target) AccountID(ctx context.Context) (string, error) {
	who, err := t.STS.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		c := &check{Target: t}
		c.noCaller(err)
		return "", errors.New(c.findings[0].Text)
	}
	return aws.ToString(who.Account), nil
}
