package target

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logstypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/smithy-go"
)

// function looks at what the alias runs, at $LATEST, from which a run publishes,
// and at the alias itself.
func (c *check) function(ctx context.Context, need Need) {
	fn, err := c.Lambda.GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: &c.FunctionName, Qualifier: &c.Alias})
	var absent *types.ResourceNotFoundException
	if errors.As(err, &absent) {
		c.fail("take the outputs of the last deployment, or the credentials and the Region of its account", "function %s with alias %s is not there: %s", c.FunctionName, c.Alias, reason(err))
		return
	}
	if !c.tried("lambda:GetFunctionConfiguration", true, err) {
		return
	}
	c.kind(fn)
	c.state(fn)
	c.logging(fn.LoggingConfig)
	if len(fn.Architectures) > 0 && c.Architecture != "" && string(fn.Architectures[0]) != c.Architecture {
		c.warn("take the outputs of the last deployment", "it runs on %s, its outputs say %s", fn.Architectures[0], c.Architecture)
	}

	latest, latestErr := c.Lambda.GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: &c.FunctionName})
	alias, aliasErr := c.Lambda.GetAlias(ctx, &lambda.GetAliasInput{FunctionName: &c.FunctionName, Name: &c.Alias})
	known := c.tried("lambda:GetFunctionConfiguration of $LATEST", true, latestErr)
	known = c.tried("lambda:GetAlias", true, aliasErr) && known
	if known {
		run, marked := need.MarkedBy(aws.ToString(latest.Description))
		if !marked {
			run, marked = need.MarkedBy(aws.ToString(fn.Description))
		}
		now := aws.ToString(alias.FunctionVersion)
		switch {
		case marked: // that is why anything else differs
			c.fail("wait until that run has ended; if it was killed, coldcrank restore puts back what it left", "another run has not put it back: it bears the mark of run %s", run)
		case aws.ToString(latest.CodeSha256) != aws.ToString(fn.CodeSha256) || aws.ToInt32(latest.MemorySize) != aws.ToInt32(fn.MemorySize):
			c.fail("deploy the stack again", "$LATEST, from which a run publishes, has other code or memory than what alias %s runs", c.Alias)
		case c.Version != "" && now != c.Version:
			c.fail("take the outputs of the last deployment, or --stack",
				"alias %s leads to version %s, its outputs say %s: results would bear the name of another deployment", c.Alias, now, c.Version)
		}
	}
	_, err = c.Lambda.ListVersionsByFunction(ctx, &lambda.ListVersionsByFunctionInput{FunctionName: &c.FunctionName, MaxItems: aws.Int32(1)})
	c.tried("lambda:ListVersionsByFunction", true, err)
	c.provisioned(ctx, need.RecycleProvisioned)
}

// kind finds the functions that have no cold starts to measure, or others than
// a run forces.
func (c *check) kind(fn *lambda.GetFunctionConfigurationOutput) {
	switch {
	case fn.CapacityProviderConfig != nil:
		// Lambda Developer Guide, "Lambda Managed Instances": environments stand
		// ready and serve several requests at once.
		c.fail("leave this target out with --target", "it runs on Lambda Managed Instances: their environments serve several requests at once, and no request meets a cold start")
	case fn.DurableConfig != nil:
		// Lambda Developer Guide, "Durable functions": an execution is suspended
		// and replayed, in several invocations.
		c.fail("leave this target out with --target", "it is a durable function: one request is several invocations")
	case fn.SnapStart != nil && fn.SnapStart.ApplyOn == types.SnapStartApplyOnPublishedVersions:
		// Lambda Developer Guide, "Improving startup performance with Lambda
		// SnapStart": REPORT then has Restore Duration.
		c.warn("", "SnapStart restores it from a snapshot: Restore Duration takes the place of Init Duration, and each recycle waits minutes for a snapshot")
	}
}

// state finds functions that cannot be invoked (Lambda Developer Guide, "Lambda
// function states").
func (c *check) state(fn *lambda.GetFunctionConfigurationOutput) {
	hint := "deploy the stack again"
	switch fn.State {
	case types.StateActive, "": // an emulator need not say
		return
	case types.StatePending:
		hint = "try again when it is Active"
	case types.StateInactive:
		hint = "request it once, which fails, and try again when it is Active"
	}
	text := ""
	if s := aws.ToString(fn.StateReason); s != "" {
		text = ": " + s
	}
	c.fail(hint, "the function is %s, not Active%s", fn.State, text)
}

// logging finds settings that keep REPORT away. A function in JSON format
// writes platform.report at level INFO (Lambda Developer Guide, "Log-level
// filtering").
func (c *check) logging(l *types.LoggingConfig) {
	if l == nil {
		return
	}
	if l.LogFormat == types.LogFormatJson && l.SystemLogLevel == types.SystemLogLevelWarn {
		c.fail("set the system log level of the function to INFO and deploy", "its system log level is WARN, which leaves out every report of an invocation")
	}
	if group := aws.ToString(l.LogGroup); group != "" && group != c.FunctionLogs {
		c.fail("take the outputs of the last deployment", "it writes to log group %s, its outputs say %s", group, c.FunctionLogs)
	}
}

// provisioned finds environments that are kept ready on the alias: requests
// meet them instead of cold starts, and AWS would initialize them anew for
// minutes whenever the alias moves. Another executor needs what the inits take.
func (c *check) provisioned(ctx context.Context, recycled bool) {
	p, err := c.Lambda.GetProvisionedConcurrencyConfig(ctx, &lambda.GetProvisionedConcurrencyConfigInput{FunctionName: &c.FunctionName, Qualifier: &c.Alias})
	var none *types.ProvisionedConcurrencyConfigNotFoundException
	if errors.As(err, &none) || !c.tried("lambda:GetProvisionedConcurrencyConfig", false, err) {
		return
	}
	n := aws.ToInt32(p.RequestedProvisionedConcurrentExecutions)
	if c.Provisioned = int(n); n == 0 {
		return
	}
	take, waits := "", "until they are initialized anew"
	if c.Executor == nil {
		take, waits = ", since each recycle would take minutes", "until AWS has initialized them anew, which takes minutes"
	}
	without := "cold starts are those of a stack without provisioned concurrency"
	if recycled {
		c.warn(without, "alias %s keeps %d environments provisioned: each recycle waits %s", c.Alias, n, waits)
	} else {
		c.warn("--recycle-provisioned recycles it too; "+without, "alias %s keeps %d environments provisioned: it is measured as it is, not recycled%s", c.Alias, n, take)
	}
}

// recently is where the trial of reading a log begins.
const recently = time.Minute

// logs looks at the log groups and tries to read them.
func (c *check) logs(ctx context.Context) {
	if c.URL == "" && !c.Direct {
		c.fail("--invoke sends requests to the function itself", "its outputs name no URL: it has no API that requests could go through")
		return
	}
	groups := []string{c.FunctionLogs, c.AccessLogs}
	if c.Direct {
		groups = groups[:1]
	} else if c.AccessLogs == "" {
		c.warn("deploy it with the construct benchapi, which makes one", "its outputs name no access log, by which requests are joined with the function's log")
	}
	for _, group := range groups {
		if group == "" {
			continue
		}
		out, err := c.Logs.DescribeLogGroups(ctx, &cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: &group})
		if c.tried("logs:DescribeLogGroups", false, err) {
			if !c.searchable(group, out.LogGroups) {
				continue
			}
		}
		_, err = c.Logs.FilterLogEvents(ctx, &cloudwatchlogs.FilterLogEventsInput{
			LogGroupName: &group, StartTime: aws.Int64(time.Now().Add(-recently).UnixMilli()), Limit: aws.Int32(1),
		})
		c.tried("logs:FilterLogEvents of "+group, true, err)
	}
}

// searchable looks for a group among those whose names begin with its own.
// FilterLogEvents reads neither of the two classes that it refuses (CloudWatch
// Logs User Guide, "Log classes").
func (c *check) searchable(name string, groups []logstypes.LogGroup) bool {
	for _, g := range groups { // by name: the exact one is the first
		if aws.ToString(g.LogGroupName) != name {
			continue
		}
		if class := g.LogGroupClass; class == logstypes.LogGroupClassInfrequentAccess || class == logstypes.LogGroupClassDelivery {
			c.fail("a log group keeps its class: deploy with a new one, of class STANDARD", "log group %s is of class %s, which FilterLogEvents cannot read", name, class)
			return false
		}
		return true
	}
	c.fail("deploy the stack again, or take the outputs of the last deployment", "log group %s is not there", name)
	return false
}

// reason is what a service said, without the SDK's frame around it.
func reason(err error) string {
	if api := (smithy.APIError)(nil); errors.As(err, &api) {
		return api.ErrorCode() + ": " + api.ErrorMessage()
	}
	return err.Error()
}

// denied reports whether a permission is missing: AccessDeniedException of the
// JSON and REST protocols, AccessDenied of the query protocol.
func denied(err error) bool {
	var api smithy.APIError
	return errors.As(err, &api) && (api.ErrorCode() == "AccessDeniedException" || api.ErrorCode() == "AccessDenied")
}

// notImplemented reports whether the other side does not know an operation,
// which no AWS says and each emulator in its own way.
func notImplemented(err error) bool {
	var api smithy.APIError
	if errors.As(err, &api) {
		switch api.ErrorCode() {
		case "UnknownOperationException", "UnknownOperation", "InvalidAction", "NotImplemented", "NotImplementedException", "UnsupportedOperation":
			return true
		}
	}
	var response *awshttp.ResponseError
	return errors.As(err, &response) && response.HTTPStatusCode() == http.StatusNotImplemented
}
