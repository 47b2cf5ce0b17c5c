package benchapi_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/assertions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3assets"
	"github.com/aws/jsii-runtime-go"

	"github.com/coldcrank/coldcrank/infra/benchapi"
	"github.com/coldcrank/coldcrank/infra/outputs"
)

// TestMain starts the tests once more, with an environment for Node: the init
// of a package has taken this one already. CDK_VALIDATION turns the template
// validator off, which takes seconds a synth (tests of infra have it on),
// CDK_OUTDIR is for the Example, which names no folder.
func TestMain(m *testing.M) {
	const folder = "BENCHAPI_TEST_DIR"
	dir := os.Getenv(folder)
	if dir == "" {
		jsii.Close()
		panic(again(folder))
	}
	// A Close here would race with jsii's own wait for Node, and so fail the
	// tests under -race (jsii-runtime-go 1.139). Node ends with its stdin, and
	// its files are in dir.
	code := m.Run()
	if err := os.RemoveAll(dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// again replaces the process and returns only if it cannot.
func again(folder string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "benchapi-test-")
	if err != nil {
		return err
	}
	for key, value := range map[string]string{
		folder:           dir,
		"TMPDIR":         dir,
		"CDK_OUTDIR":     filepath.Join(dir, "cdk.out"),
		"CDK_VALIDATION": "false",
	} {
		if err := os.Setenv(key, value); err != nil {
			return err
		}
	}
	return syscall.Exec(self, os.Args, os.Environ())
}

// unbuilt is the context in which nothing is compiled.
var unbuilt = map[string]any{"aws:cdk:bundling-stacks": []string{}}

func newApp(t *testing.T, contexts ...map[string]any) awscdk.App {
	t.Helper()
	context := map[string]any{}
	for _, c := range contexts {
		maps.Copy(context, c)
	}
	return awscdk.NewApp(&awscdk.AppProps{Outdir: new(t.TempDir()), Context: &context})
}

func newStack(app awscdk.App, name string) awscdk.Stack { return awscdk.NewStack(app, &name, nil) }

// template is a stack's template as the CDK CLI would read it.
type template struct {
	assertions.Template
	Resources map[string]resource
	Outputs   map[string]struct{ Value any }
}

type resource struct {
	Type       string
	Properties map[string]any
}

func synth(t *testing.T, stack awscdk.Stack) template {
	t.Helper()
	out := template{Template: assertions.Template_FromStack(stack, nil)}
	decode(t, out.ToJSON(), &out)
	return out
}

// has fails the test unless a resource of that type has those properties.
func (tt template) has(t *testing.T, kind string, properties map[string]any) {
	t.Helper()
	defer func() {
		if r := recover(); r != nil {
			t.Errorf("%v", r)
		}
	}()
	tt.HasResourceProperties(&kind, properties)
}

func (tt template) output(t *testing.T, target string, f outputs.Field) any {
	t.Helper()
	o, ok := tt.Outputs[outputs.LogicalID(target, f)]
	if !ok {
		t.Errorf("no output %s", outputs.LogicalID(target, f))
	}
	return o.Value
}

// script is a function that needs no build.
func script(source string) *benchapi.Props {
	return &benchapi.Props{
		Code:    awslambda.Code_FromInline(&source),
		Handler: "index.handler",
		Runtime: awslambda.Runtime_NODEJS_22_X(),
	}
}

// folder is code with the content, whose hash is hash.
func folder(t *testing.T, hash string) awslambda.Code {
	t.Helper()
	return awslambda.Code_FromAsset(new(t.TempDir()), &awss3assets.AssetOptions{AssetHash: &hash})
}
