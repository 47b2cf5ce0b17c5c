package benchapi_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/constructs-go/constructs/v10"

	"github.com/coldcrank/coldcrank/infra/benchapi"
)

func TestWrongProps(t *testing.T) {
	app := newApp(t, unbuilt)
	stack := newStack(app, "Test")
	code := awslambda.Code_FromInline(new("exports.handler = 1"))
	node := awslambda.Runtime_NODEJS_22_X()
	function := func(scope constructs.Construct, id string) awslambda.Function {
		return awslambda.NewFunction(scope, &id, &awslambda.FunctionProps{Code: code, Handler: new("index.handler"), Runtime: node})
	}
	fn := function(stack, "Function")
	logs := awslogs.NewLogGroup(stack, new("Logs"), nil)
	elsewhere := function(newStack(app, "Elsewhere"), "Function")
	taken := function(stack, "Taken")
	benchapi.New(stack, "First", &benchapi.Props{Function: taken, LogGroup: logs})

	for _, tc := range []struct {
		name  string
		props benchapi.Props
		want  string
	}{
		{"two sources", benchapi.Props{Entry: "./x", Code: code}, "more than one function, in Entry and Code: give one of them"},
		{"three sources", benchapi.Props{Entry: "./x", Code: code, Function: fn}, "more than one function, in Entry and Code and Function: give one of them"},
		{"code without handler", benchapi.Props{Code: code, Runtime: node}, "no Handler or no Runtime for Code: give both"},
		{"code without runtime", benchapi.Props{Code: code, Handler: "index.handler"}, "no Handler or no Runtime for Code: give both"},
		{"handler without code", benchapi.Props{Handler: "index.handler"}, "no Code for Handler and Runtime: give it, or leave them out"},
		{"tags for code", benchapi.Props{Code: code, Handler: "x", Runtime: node, BuildTags: []string{"a"}}, "no Go package for BuildTags and LDFlags, Code is built already: leave them out"},
		{"function without logs", benchapi.Props{Function: fn}, "no LogGroup for Function: give the log group that it writes to"},
		{"logs without function", benchapi.Props{LogGroup: logs}, "no Function for LogGroup: give it, or leave LogGroup out"},
		{"memory of a function", benchapi.Props{Function: fn, LogGroup: logs, MemorySize: 512}, "prop MemorySize is one of Function's own: set it there and leave it out here"},
		{"tracing of a function", benchapi.Props{Function: fn, LogGroup: logs, Tracing: true}, "prop Tracing is one of Function's own: set it there and leave it out here"},
		{"function of another stack", benchapi.Props{Function: elsewhere, LogGroup: logs}, "function Elsewhere/Function is of another stack: make the benchmark API in that one"},
		{"function given twice", benchapi.Props{Function: taken, LogGroup: logs}, "function Test/Taken has a benchmark API already, and there is one alias bench: give each function once"},
		{"little memory", benchapi.Props{MemorySize: 127}, "memory size 127 MB: give 128 to 10240"},
		{"much memory", benchapi.Props{MemorySize: 10241}, "memory size 10241 MB: give 128 to 10240"},
		{"short timeout", benchapi.Props{Timeout: time.Millisecond}, "timeout 1ms: give whole seconds from 1s to 15m"},
		{"odd timeout", benchapi.Props{Timeout: 1500 * time.Millisecond}, "timeout 1.5s: give whole seconds from 1s to 15m"},
		{"long timeout", benchapi.Props{Timeout: time.Hour}, "timeout 1h0m0s: give whole seconds from 1s to 15m"},
		{"architecture", benchapi.Props{Architecture: awslambda.Architecture_Custom(new("riscv64"), nil)}, "architecture riscv64: give ARM_64 or X86_64"},
		{"environment", benchapi.Props{Environment: map[string]string{"TABLE": "orders", "_HANDLER": "x", "AWS_REGION": "x"}}, "environment variable AWS_REGION is Lambda's own: give it another name"},
		{"log level", benchapi.Props{SystemLogLevel: awslambda.SystemLogLevel_WARN}, "system log level WARN leaves out the REPORT of every invocation: give INFO or DEBUG"},
		{"reserved", benchapi.Props{ReservedConcurrency: new(-1)}, "reserved concurrency -1: give 0 or more, or nil for none"},
		{"provisioned", benchapi.Props{ProvisionedConcurrency: -1}, "provisioned concurrency -1: give 0 or more"},
		{"more provisioned than reserved", benchapi.Props{ProvisionedConcurrency: 2, ReservedConcurrency: new(1)}, "provisioned concurrency 2 is taken from reserved concurrency 1: give at most that"},
		{"route without method", benchapi.Props{Route: "/health"}, `route "/health": give a method and a path, for example "GET /health"`},
		{"route without path", benchapi.Props{Route: "GET"}, `route "GET": give a method and a path, for example "GET /health"`},
		{"route with a slash at its end", benchapi.Props{Route: "GET /health/"}, `route "GET /health/": give a method and a path, for example "GET /health"`},
		{"route with an unknown method", benchapi.Props{Route: "FETCH /health"}, `route "FETCH /health": give a method and a path, for example "GET /health"`},
		{"route with a query", benchapi.Props{Route: "GET /health?deep=1"}, `route "GET /health?deep=1": give a method and a path, for example "GET /health"`},
		{"auth", benchapi.Props{Auth: "JWT"}, `auth "JWT": give AuthIAM or AuthNone`},
		{"rate", benchapi.Props{RateLimit: -1}, "rate limit -1, burst limit 0: give more than 0, or 0 for the defaults"},
		{"API props without an API", benchapi.Props{WithoutAPI: true, Route: "GET /health"}, "no API for Route, Auth, RateLimit and BurstLimit: leave them out, or WithoutAPI"},
		{"removal policy", benchapi.Props{RemovalPolicy: awscdk.RemovalPolicy_SNAPSHOT}, "removal policy SNAPSHOT: a log group has no snapshots; give DESTROY or RETAIN"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			want := "benchapi: Test/Wrong: " + tc.want
			if got := refusal(t, stack, "Wrong", &tc.props); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
			stack.Node().TryRemoveChild(new("Wrong"))
		})
	}
}

// What the CDK itself refuses is one line, also where it has more to say.
func TestRefusedByTheCDK(t *testing.T) {
	stack := newStack(newApp(t, unbuilt), "Test")
	layer := awslambda.LayerVersion_FromLayerVersionArn(stack, new("Layer"),
		new("arn:aws:lambda:eu-central-1:123456789012:layer:layer:1"))
	benchapi.New(stack, "Taken", script("exports.handler = 1"))
	for _, tc := range []struct {
		id     string
		layers []awslambda.ILayerVersion
		want   string
	}{
		{"Many", slices.Repeat([]awslambda.ILayerVersion{layer}, 6), "benchapi: Test/Many: Unable to add layer: this lambda function already uses 5 layers."},
		{"None", []awslambda.ILayerVersion{nil}, "benchapi: Test/None: Passed to parameter props of new aws-cdk-lib.aws_lambda.Function: Unable to deserialize value as aws-cdk-lib.aws_lambda.FunctionProps"},
		{"Taken", nil, "benchapi: Test/Taken: There is already a Construct with name 'Taken' in Stack2 [Test]"},
	} {
		if got := refusal(t, stack, tc.id, &benchapi.Props{Layers: tc.layers}); got != tc.want {
			t.Errorf("got  %s\nwant %s", got, tc.want)
		}
	}
}

// An app that ends in New says why, in one line, and leaves no files.
func TestStop(t *testing.T) {
	temporary := t.TempDir()
	program := filepath.Join(t.TempDir(), "refused")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, "./testdata/refused").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	cmd := exec.CommandContext(t.Context(), program)
	cmd.Env = append(os.Environ(), "TMPDIR="+temporary, "CDK_OUTDIR="+t.TempDir(), "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION=18,20,22")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	err := cmd.Run()
	const want = "benchapi: Test/Wrong: Unable to add layer: this lambda function already uses 5 layers.\n"
	if got := stderr.String(); got != want || cmd.ProcessState.ExitCode() != 1 {
		t.Errorf("%v and\n%swant exit status 1 and\n%s", err, got, want)
	}
	if left, err := os.ReadDir(temporary); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v (%v)", left, err)
	}
}

// refusal returns what New says against the props.
func refusal(t *testing.T, stack awscdk.Stack, id string, p *benchapi.Props) (text string) {
	t.Helper()
	defer func() {
		err, ok := recover().(error)
		if !ok {
			t.Fatal("the props were taken")
		}
		text = err.Error()
	}()
	benchapi.New(stack, id, p)
	return ""
}
