package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/coldcrank/coldcrank/infra/outputs"
	"github.com/coldcrank/coldcrank/lambda/local"
)

// plant is a deployed stack as a run meets it with --outputs: a local executor
// that outlives the runs.
type plant struct {
	executor *local.Executor
	assembly string // the folder that it runs
	lambda   *lambda.Client
	function string
	alias    string
}

// startPlant serves the stack that lambda/local is tested with; the function is
// lambda/health.
func startPlant(t *testing.T) *plant {
	t.Helper()
	return startPlantWith(t, local.Options{})
}

// startPlantWith also takes changes of the template: what each resource, by its
// id, has as properties.
func startPlantWith(t *testing.T, o local.Options, changes ...func(id string, properties map[string]any)) *plant {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "cdk.out")
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("..", "..", "lambda", "local", "testdata", "cdk.out"))); err != nil {
		t.Fatal(err)
	}
	// The access log of a benchmark API, so that samples are joined.
	template := filepath.Join(dir, "Tiny.template.json")
	var tiny struct {
		Resources map[string]struct {
			Type       string
			Properties map[string]any
		}
		Outputs map[string]any
	}
	if err := json.Unmarshal(readFile(t, template), &tiny); err != nil {
		t.Fatal(err)
	}
	tiny.Resources["Stage"].Properties["AccessLogSettings"].(map[string]any)["Format"] = outputs.AccessLogFormat()
	for id, r := range tiny.Resources {
		if r.Type == "AWS::Lambda::Function" {
			r.Properties["Environment"] = map[string]any{"Variables": map[string]string{"SECRET": ofFunction}}
		}
		for _, change := range changes {
			change(id, r.Properties)
		}
	}
	data, err := json.Marshal(tiny)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(template, data, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "asset.hello"), 0o755); err != nil {
		t.Fatal(err)
	}
	must(t, run(t, filepath.Join("..", "..", "lambda", "health"), []string{"CGO_ENABLED=0"},
		"go", "build", "-o", filepath.Join(dir, "asset.hello", "bootstrap"), "."))
	x, err := local.Start(t.Context(), dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := x.Close(); err != nil {
			t.Error(err)
		}
	})
	stack := x.Outputs()["Tiny"]
	return &plant{
		executor: x, assembly: dir, function: stack["HelloFunctionName"], alias: stack["HelloAlias"],
		lambda: lambda.New(lambda.Options{
			Region: stack["HelloRegion"], BaseEndpoint: aws.String(x.Endpoint()),
			Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
		}),
	}
}

// outputs writes the stack's outputs with another endpoint for the AWS API. The
// URL that is measured stays.
func (p *plant) outputs(t *testing.T, endpoint string) (file string) {
	t.Helper()
	mustBeLoopback(t, endpoint)
	file = filepath.Join(t.TempDir(), "outputs.json")
	if err := p.executor.WriteOutputs(file); err != nil {
		t.Fatal(err)
	}
	data, own := readFile(t, file), []byte(strconv.Quote(p.executor.Endpoint()))
	if n := bytes.Count(data, own); n != 1 {
		t.Fatalf("%d endpoints in the outputs:\n%s", n, data)
	}
	data = bytes.Replace(data, own, []byte(strconv.Quote(endpoint)), 1)
	if err := os.WriteFile(file, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

// state is what a run could leave behind, by the service's own answers.
func (p *plant) state(t *testing.T) string {
	t.Helper()
	ctx := t.Context()
	var b strings.Builder
	fn, err := p.lambda.GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: &p.function})
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(&b, "$LATEST %q %d MB %s\n", aws.ToString(fn.Description), aws.ToInt32(fn.MemorySize), aws.ToString(fn.CodeSha256))
	alias, err := p.lambda.GetAlias(ctx, &lambda.GetAliasInput{FunctionName: &p.function, Name: &p.alias})
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(&b, "alias %s %q", aws.ToString(alias.FunctionVersion), aws.ToString(alias.Description))
	if c := alias.RoutingConfig; c != nil {
		for _, v := range slices.Sorted(maps.Keys(c.AdditionalVersionWeights)) {
			fmt.Fprintf(&b, " %s:%v", v, c.AdditionalVersionWeights[v])
		}
	}
	pages := lambda.NewListVersionsByFunctionPaginator(p.lambda, &lambda.ListVersionsByFunctionInput{FunctionName: &p.function})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range page.Versions {
			fmt.Fprintf(&b, "\nversion %s %q %d MB", aws.ToString(v.Version), aws.ToString(v.Description), aws.ToInt32(v.MemorySize))
		}
	}
	return b.String()
}

// asBefore checks that nothing is left changed.
func (p *plant) asBefore(t *testing.T, before string) {
	t.Helper()
	if got := p.state(t); got != before {
		t.Errorf("left:\n%s\nwant:\n%s", got, before)
	}
}
