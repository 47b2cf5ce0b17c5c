package benchapi_test

import (
	"testing"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"

	"github.com/coldcrank/coldcrank/infra/benchapi"
	"github.com/coldcrank/coldcrank/infra/outputs"
)

// app is one app of TestDeploymentID, before it is synthesized.
type app struct {
	context map[string]any
	stack   string
	props   benchapi.Props
	code    string // hash of the function's code
	layer   string // hash of a layer's code
	after   func(awscdk.Stack, *benchapi.API)
}

// deploymentID synthesizes the app and returns the output.
func (a app) deploymentID(t *testing.T) string {
	t.Helper()
	stack := newStack(newApp(t, a.context), a.stack)
	a.props.Code = folder(t, a.code)
	a.props.Handler, a.props.Runtime = "bootstrap", awslambda.Runtime_PROVIDED_AL2023()
	if a.layer != "" {
		a.props.Layers = []awslambda.ILayerVersion{
			awslambda.NewLayerVersion(stack, new("Layer"), &awslambda.LayerVersionProps{Code: folder(t, a.layer)}),
		}
	}
	api := benchapi.New(stack, "Orders", &a.props)
	if a.after != nil {
		a.after(stack, api)
	}
	id, ok := synth(t, stack).output(t, "Orders", outputs.DeploymentID).(string)
	if !ok || len(id) != 32 {
		t.Fatalf("DeploymentId is %v, want 32 hex digits", id)
	}
	return id
}

func TestDeploymentID(t *testing.T) {
	base := func() app { return app{stack: "Test", code: "code"} }
	layered := func() app { a := base(); a.layer = "layer"; return a }
	for _, tc := range []struct {
		name    string
		from    func() app
		change  func(*app)
		changes bool
	}{
		{"code", base, func(a *app) { a.code = "other" }, true},
		{"memory", base, func(a *app) { a.props.MemorySize = 1024 }, true},
		{"timeout", base, func(a *app) { a.props.Timeout = 3 * time.Second }, true},
		{"architecture", base, func(a *app) { a.props.Architecture = awslambda.Architecture_X86_64() }, true},
		{"environment", base, func(a *app) { a.props.Environment = map[string]string{"A": "1"} }, true},
		{"environment, after", base, func(a *app) {
			a.after = func(_ awscdk.Stack, api *benchapi.API) {
				api.Function.AddEnvironment(new("A"), new("1"), nil)
			}
		}, true},
		{"property override, after", base, func(a *app) {
			a.after = func(_ awscdk.Stack, api *benchapi.API) {
				api.Function.Node().DefaultChild().(awslambda.CfnFunction).
					AddPropertyOverride(new("EphemeralStorage.Size"), 1024)
			}
		}, true},
		{"layer", base, func(a *app) { a.layer = "layer" }, true},
		{"content of a layer", layered, func(a *app) { a.layer = "other" }, true},
		{"tracing", base, func(a *app) { a.props.Tracing = true }, true},
		{"system log level", base, func(a *app) { a.props.SystemLogLevel = awslambda.SystemLogLevel_DEBUG }, true},

		{"nothing", base, func(*app) {}, false},
		{"nothing, with a layer", layered, func(*app) {}, false},
		{"log retention", base, func(a *app) { a.props.LogRetention = awslogs.RetentionDays_ONE_DAY }, false},
		{"removal policy", base, func(a *app) { a.props.RemovalPolicy = awscdk.RemovalPolicy_RETAIN }, false},
		{"reserved concurrency", base, func(a *app) { a.props.ReservedConcurrency = new(5) }, false},
		{"provisioned concurrency", base, func(a *app) { a.props.ProvisionedConcurrency = 5 }, false},
		{"route, auth and throttling", base, func(a *app) {
			a.props.Route, a.props.Auth, a.props.RateLimit = "POST /x", benchapi.AuthNone, 9
		}, false},
		{"tags", base, func(a *app) {
			a.after = func(_ awscdk.Stack, api *benchapi.API) {
				awscdk.Tags_Of(api.Construct).Add(new("team"), new("payments"), nil)
			}
		}, false},
		{"role policy", base, func(a *app) {
			a.after = func(_ awscdk.Stack, api *benchapi.API) {
				api.Function.AddToRolePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
					Actions:   &[]*string{new("s3:GetObject")},
					Resources: &[]*string{new("arn:aws:s3:::bucket/*")},
				}))
			}
		}, false},
		{"another construct", base, func(a *app) {
			a.after = func(stack awscdk.Stack, _ *benchapi.API) {
				awssns.NewTopic(stack, new("Topic"), nil)
				benchapi.New(stack, "Second", script("exports.handler = 2"))
			}
		}, false},
		{"stack name", base, func(a *app) { a.stack = "Other" }, false},
		{"platform", base, func(a *app) { a.context = map[string]any{"coldcrank:platform": "darwin/arm64"} }, false},
		{"feature flags", layered, func(a *app) {
			a.context = map[string]any{
				"@aws-cdk/aws-lambda:recognizeLayerVersion": false,
				"@aws-cdk/aws-iam:minimizePolicies":         true,
				"@aws-cdk/core:enablePartitionLiterals":     true,
				"@aws-cdk/aws-lambda:useCdkManagedLogGroup": true,
			}
		}, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			before, after := tc.from(), tc.from()
			tc.change(&after)
			was, is := before.deploymentID(t), after.deploymentID(t)
			if (was != is) != tc.changes {
				t.Errorf("DeploymentId was %s and is %s; want it to change: %v", was, is, tc.changes)
			}
		})
	}
}

// The hash of a function that somebody else made sees what they change after.
func TestDeploymentIDOfExistingFunction(t *testing.T) {
	id := func(after func(awslambda.Function)) any {
		stack := newStack(newApp(t), "Test")
		logs := awslogs.NewLogGroup(stack, new("Logs"), nil)
		fn := awslambda.NewFunction(stack, new("Function"), &awslambda.FunctionProps{
			Code: folder(t, "code"), Handler: new("bootstrap"), Runtime: awslambda.Runtime_PROVIDED_AL2023(), LogGroup: logs,
		})
		benchapi.New(stack, "Orders", &benchapi.Props{Function: fn, LogGroup: logs})
		after(fn)
		return synth(t, stack).output(t, "Orders", outputs.DeploymentID)
	}
	plain := id(func(awslambda.Function) {})
	again := id(func(awslambda.Function) {})
	changed := id(func(fn awslambda.Function) { fn.AddEnvironment(new("A"), new("1"), nil) })
	if plain != again || plain == changed {
		t.Errorf("DeploymentId is %v, again %v, with an environment %v", plain, again, changed)
	}
}
