package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"syscall"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/assertions"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"
)

var update = flag.Bool("update", false, "write the golden files")

// TestMain starts the tests once more, with an environment for Node: the init
// of a package has taken this one already. CDK_VALIDATION turns the template
// validator off, which takes seconds a synth; TestApp has it on.
func TestMain(m *testing.M) {
	const folder = "INFRA_TEST_DIR"
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
	dir, err := os.MkdirTemp("", "infra-test-")
	if err != nil {
		return err
	}
	for key, value := range map[string]string{
		folder:           dir,
		"TMPDIR":         dir,
		"CDK_VALIDATION": "false",
	} {
		if err := os.Setenv(key, value); err != nil {
			return err
		}
	}
	return syscall.Exec(self, os.Args, os.Environ())
}

// config is the part of cdk.json that the app sees.
type config struct {
	App              string         `json:"app"`
	VersionReporting *bool          `json:"versionReporting"`
	Context          map[string]any `json:"context"`
}

func readConfig(t *testing.T) config {
	t.Helper()
	data, err := os.ReadFile("../cdk.json")
	if err != nil {
		t.Fatal(err)
	}
	var c config
	if err := json.Unmarshal(data, &c); err != nil {
		t.Fatal(err)
	}
	return c
}

// newApp is the app as the CDK CLI starts it, with more context; nothing is
// compiled.
func newApp(t *testing.T, more map[string]any) awscdk.App {
	t.Helper()
	context := readConfig(t).Context
	context["aws:cdk:bundling-stacks"] = []string{}
	for k, v := range more {
		context[k] = v
	}
	return awscdk.NewApp(&awscdk.AppProps{Outdir: new(t.TempDir()), Context: &context, AnalyticsReporting: new(false)})
}

func stackOf(t *testing.T, app awscdk.App, name string) awscdk.Stack {
	t.Helper()
	if err := addStack(app); err != nil {
		t.Fatal(err)
	}
	stack, ok := app.Node().FindChild(&name).(awscdk.Stack)
	if !ok {
		t.Fatalf("no stack %s", name)
	}
	return stack
}

// hashes are in the template and change with Go's version.
var hashes = regexp.MustCompile(`[0-9a-f]{64}|[0-9a-f]{32}`)

func TestGolden(t *testing.T) {
	stack := stackOf(t, newApp(t, nil), "Coldcrank")
	got, err := json.MarshalIndent(assertions.Template_FromStack(stack, nil).ToJSON(), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "template.json", append(hashes.ReplaceAll(got, []byte("HASH")), '\n'))
}

// golden compares with, or with -update writes, a file of testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs from what is made now; go test ./infra -update writes it anew. Now:\n%s", file, got)
	}
}

func TestContext(t *testing.T) {
	// -c gives text, cdk.json may have a number.
	for _, memory := range []any{"1024", 1024} {
		app := newApp(t, map[string]any{"coldcrank:stack": "Other", "coldcrank:memory": memory})
		got := assertions.Template_FromStack(stackOf(t, app, "Other"), nil)
		got.HasResourceProperties(new("AWS::Lambda::Function"), map[string]any{"MemorySize": 1024})
	}
	for _, memory := range []string{"much", "-1", "0", "1.5"} {
		err := addStack(newApp(t, map[string]any{"coldcrank:memory": memory}))
		want := "context coldcrank:memory=" + memory + ": give a number of MB, for example 1024"
		if err == nil || err.Error() != want {
			t.Errorf("memory %s: got %v, want %s", memory, err, want)
		}
	}
}

// cdk-nag stands here and not in benchapi: every consumer's go.sum would list
// what the tests of a package that it imports need.
func TestNag(t *testing.T) {
	const route = "/Coldcrank/Health/Route/Resource"
	rule := func(id string) assertions.Matcher { return assertions.Match_StringLikeRegexp(new(id)) }
	check := func(suppress bool) assertions.Annotations {
		// With the flag the first finding stops the synth.
		app := newApp(t, map[string]any{"@aws-cdk/core:annotationsInValidationReport": false})
		stack := stackOf(t, app, "Coldcrank")
		awscdk.Aspects_Of(app).Add(cdknag.NewAwsSolutionsChecks(&cdknag.NagPackProps{Verbose: new(true)}), nil)
		if suppress {
			cdknag.NagSuppressions_AddResourceSuppressionsByPath(stack, new(route), &[]*cdknag.NagPackSuppression{{
				Id:     new("AwsSolutions-APIG4"),
				Reason: new("The health route is open on purpose: it answers a constant, and throttling bounds its cost."),
			}}, nil)
		}
		return assertions.Annotations_FromStack(stack)
	}
	// What does not match panics. The first line shows that the rules are run.
	defer func() {
		if r := recover(); r != nil {
			t.Error(r)
		}
	}()
	check(false).HasError(new(route), rule("AwsSolutions-APIG4:.*"))
	found := check(true)
	found.HasNoError(new("*"), rule(".*"))
	found.HasNoWarning(new("*"), rule(".*"))
}
