package benchapi_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/constructs-go/constructs/v10"

	"github.com/coldcrank/coldcrank/infra/benchapi"
	"github.com/coldcrank/coldcrank/infra/outputs"
)

func decode(t *testing.T, from, into any) {
	t.Helper()
	data, err := json.Marshal(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, into); err != nil {
		t.Fatal(err)
	}
}

func TestDefaults(t *testing.T) {
	stack := newStack(newApp(t, unbuilt), "Test")
	api := benchapi.New(stack, "Health", nil)
	got := synth(t, stack)

	got.has(t, "AWS::Lambda::Function", map[string]any{
		"Architectures": []any{"arm64"},
		"Handler":       "bootstrap",
		"Runtime":       "provided.al2023",
		"MemorySize":    512,
		"Timeout":       10,
		"LoggingConfig": map[string]any{"LogFormat": "JSON", "SystemLogLevel": "INFO"},
	})
	got.has(t, "AWS::ApiGatewayV2::Route", map[string]any{"RouteKey": "GET /health", "AuthorizationType": "AWS_IAM"})
	got.has(t, "AWS::ApiGatewayV2::Stage", map[string]any{
		"StageName": "$default",
		"DefaultRouteSettings": map[string]any{
			"ThrottlingRateLimit": 500, "ThrottlingBurstLimit": 1000,
		},
		"AccessLogSettings": map[string]any{"Format": outputs.AccessLogFormat()},
	})
	got.has(t, "AWS::Lambda::Alias", map[string]any{"Name": "bench"})
	got.has(t, "AWS::Logs::LogGroup", map[string]any{
		"LogGroupName": "/aws/vendedlogs/coldcrank/Test/Health", "RetentionInDays": 7,
	})
	for id, r := range got.Resources {
		switch {
		case r.Type == "AWS::IAM::Role" && r.Properties["ManagedPolicyArns"] != nil:
			t.Errorf("%s has managed policies", id)
		case r.Type == "AWS::Lambda::Function" && r.Properties["ReservedConcurrentExecutions"] != nil:
			t.Errorf("%s reserves concurrency", id)
		}
	}
	if stars := wildcards(got); stars != nil {
		t.Errorf("policies have * for %v", stars)
	}
	if api.Name != "Health" {
		t.Errorf("target is %q, want Health", api.Name)
	}
}

// TestWithoutAPI: what is left is still a target, with a log of its own.
func TestWithoutAPI(t *testing.T) {
	stack := newStack(newApp(t, unbuilt), "Test")
	api := benchapi.New(stack, "Orders", &benchapi.Props{WithoutAPI: true})
	if api.HTTPAPI != nil || api.Route != nil || api.Stage != nil || api.AccessLogs != nil || api.URL != nil {
		t.Errorf("handles of an API: %+v", api)
	}
	got := synth(t, stack)
	kinds := map[string]int{}
	for _, r := range got.Resources {
		kinds[r.Type]++
	}
	want := map[string]int{"AWS::IAM::Role": 1, "AWS::Lambda::Function": 1, "AWS::Lambda::Version": 1, "AWS::Lambda::Alias": 1, "AWS::Logs::LogGroup": 1}
	if !maps.Equal(kinds, want) {
		t.Errorf("resources %v, want %v", kinds, want)
	}
	values := map[string]string{}
	for id, o := range got.Outputs {
		values[id] = deployed(id, o.Value)
	}
	if f := outputs.FromStack("Test", values); len(f.Targets) != 1 || f.Targets[0].URL != "" || f.Targets[0].Route != "" {
		t.Errorf("targets %+v", f.Targets)
	}
}

func TestProps(t *testing.T) {
	stack := newStack(newApp(t, unbuilt), "Test")
	layer := awslambda.NewLayerVersion(stack, new("Layer"), &awslambda.LayerVersionProps{Code: folder(t, "layer")})
	benchapi.New(stack, "Orders", &benchapi.Props{
		MemorySize:             1024,
		Timeout:                20 * time.Second,
		Architecture:           awslambda.Architecture_X86_64(),
		Environment:            map[string]string{"A": "1", "B": "2"},
		Layers:                 []awslambda.ILayerVersion{layer},
		SystemLogLevel:         awslambda.SystemLogLevel_DEBUG,
		ReservedConcurrency:    new(0),
		Tracing:                true,
		ProvisionedConcurrency: 0,
		Route:                  "POST /orders/{id}",
		Auth:                   benchapi.AuthNone,
		RateLimit:              7,
		BurstLimit:             8,
		LogRetention:           awslogs.RetentionDays_ONE_DAY,
		RemovalPolicy:          awscdk.RemovalPolicy_RETAIN,
	})
	got := synth(t, stack)
	got.has(t, "AWS::Lambda::Function", map[string]any{
		"MemorySize": 1024, "Timeout": 20, "Architectures": []any{"x86_64"},
		"Environment":                  map[string]any{"Variables": map[string]any{"A": "1", "B": "2"}},
		"LoggingConfig":                map[string]any{"SystemLogLevel": "DEBUG"},
		"ReservedConcurrentExecutions": 0,
		"TracingConfig":                map[string]any{"Mode": "Active"},
	})
	got.has(t, "AWS::ApiGatewayV2::Route", map[string]any{"RouteKey": "POST /orders/{id}", "AuthorizationType": "NONE"})
	got.has(t, "AWS::ApiGatewayV2::Stage", map[string]any{
		"DefaultRouteSettings": map[string]any{"ThrottlingRateLimit": 7, "ThrottlingBurstLimit": 8},
	})
	groups := got.FindResources(new("AWS::Logs::LogGroup"), map[string]any{
		"DeletionPolicy": "Retain", "Properties": map[string]any{"RetentionInDays": 1},
	})
	if len(*groups) != 2 {
		t.Errorf("%d log groups are retained and kept for a day, want both", len(*groups))
	}
	// X-Ray has no resources to name (Service Authorization Reference,
	// "Actions, resources, and condition keys for AWS X-Ray").
	want := []string{"xray:PutTelemetryRecords", "xray:PutTraceSegments"}
	if stars := wildcards(got); !slices.Equal(stars, want) {
		t.Errorf("policies have * for %v, want %v", stars, want)
	}
	for f, want := range map[outputs.Field]string{
		outputs.Route: "POST /orders/{id}", outputs.MemorySize: "1024",
		outputs.Architecture: "x86_64", outputs.Auth: outputs.AuthNone, outputs.Alias: "bench",
		outputs.BurstLimit: "8", outputs.RateLimit: "7",
	} {
		if v := got.output(t, "Orders", f); v != want {
			t.Errorf("output %s is %v, want %q", f, v, want)
		}
	}
}

func TestProvisionedConcurrency(t *testing.T) {
	stack := newStack(newApp(t, unbuilt), "Test")
	benchapi.New(stack, "Orders", &benchapi.Props{ProvisionedConcurrency: 3})
	synth(t, stack).has(t, "AWS::Lambda::Alias", map[string]any{
		"ProvisionedConcurrencyConfig": map[string]any{"ProvisionedConcurrentExecutions": 3},
	})
}

// wildcards returns the actions that a policy allows on "*".
func wildcards(tt template) []string {
	var actions []string
	for _, r := range tt.Resources {
		docs := []any{r.Properties["PolicyDocument"]}
		if inline, ok := r.Properties["Policies"].([]any); ok {
			for _, p := range inline {
				docs = append(docs, p.(map[string]any)["PolicyDocument"])
			}
		}
		for _, d := range docs {
			doc, ok := d.(map[string]any)
			if !ok {
				continue
			}
			for _, s := range doc["Statement"].([]any) {
				statement := s.(map[string]any)
				if slices.Contains(list(statement["Resource"]), any("*")) {
					for _, a := range list(statement["Action"]) {
						actions = append(actions, a.(string))
					}
				}
			}
		}
	}
	slices.Sort(actions)
	return actions
}

func list(v any) []any {
	if l, ok := v.([]any); ok {
		return l
	}
	return []any{v}
}

// The consumer's line: the role takes grants, and they stay below the table.
func TestGrant(t *testing.T) {
	stack := newStack(newApp(t, unbuilt), "Test")
	table := awsdynamodb.NewTable(stack, new("Table"), &awsdynamodb.TableProps{
		PartitionKey: &awsdynamodb.Attribute{Name: new("id"), Type: awsdynamodb.AttributeType_STRING},
	})
	api := benchapi.New(stack, "Orders", &benchapi.Props{
		Environment: map[string]string{"TABLE": *table.TableName()},
	})
	table.GrantReadData(api.Function)
	got := synth(t, stack)
	got.has(t, "AWS::Lambda::Function", map[string]any{
		"Environment": map[string]any{"Variables": map[string]any{
			"TABLE": map[string]any{"Ref": "TableCD117FA1"},
		}},
	})
	got.ResourceCountIs(new("AWS::IAM::Policy"), new(float64(1)))
	if stars := wildcards(got); stars != nil {
		t.Errorf("policies have * for %v", stars)
	}
}

func TestExistingFunction(t *testing.T) {
	stack := newStack(newApp(t, unbuilt), "Test")
	logs := awslogs.NewLogGroup(stack, new("Logs"), nil)
	fn := awslambda.NewFunction(stack, new("Function"), &awslambda.FunctionProps{
		Code:     awslambda.Code_FromInline(new("exports.handler = 1")),
		Handler:  new("index.handler"),
		Runtime:  awslambda.Runtime_NODEJS_22_X(),
		LogGroup: logs,
	})
	api := benchapi.New(stack, "Orders", &benchapi.Props{Function: fn, LogGroup: logs})
	got := synth(t, stack)

	got.ResourceCountIs(new("AWS::Lambda::Function"), new(float64(1)))
	got.ResourceCountIs(new("AWS::IAM::Role"), new(float64(1)))
	got.ResourceCountIs(new("AWS::Logs::LogGroup"), new(float64(2)))
	got.has(t, "AWS::Lambda::Alias", map[string]any{
		"FunctionName": stack.Resolve(fn.FunctionName()), "Name": "bench",
	})
	for f, want := range map[outputs.Field]any{
		outputs.FunctionName: stack.Resolve(fn.FunctionName()),
		outputs.FunctionLogs: stack.Resolve(logs.LogGroupName()),
		outputs.MemorySize:   "128",
		outputs.Architecture: "x86_64",
	} {
		if v := got.output(t, api.Name, f); !reflect.DeepEqual(v, want) {
			t.Errorf("output %s is %v, want %v", f, v, want)
		}
	}
}

// What is asked for at the end of the synth sees what was changed after New.
func TestMemoryOutputIsLazy(t *testing.T) {
	stack := newStack(newApp(t, unbuilt), "Test")
	api := benchapi.New(stack, "Health", nil)
	api.Function.Node().DefaultChild().(awslambda.CfnFunction).SetMemorySize(new(float64(2048)))
	if got := synth(t, stack).output(t, "Health", outputs.MemorySize); got != "2048" {
		t.Errorf("memory is %v, want 2048", got)
	}
}

// Every target is found again by the reader of the outputs file, whatever it
// is nested in, and no two share a log group.
// deployed stands for the value that an output has once it is deployed.
func deployed(id string, value any) string {
	if text, ok := value.(string); ok {
		return text
	}
	for field, known := range map[outputs.Field]string{
		outputs.URL: "https://abc.execute-api.eu-west-1.amazonaws.com/health", outputs.Version: "1", outputs.Region: "eu-west-1",
	} {
		if strings.HasSuffix(id, string(field)) {
			return known
		}
	}
	return "made-by-AWS"
}

func TestFoundAgain(t *testing.T) {
	app := newApp(t, unbuilt)
	plain := newStack(app, "Plain")
	benchapi.New(plain, "Orders", nil)
	benchapi.New(plain, "Users", nil)
	// Both paths are "ABC" in letters.
	benchapi.New(constructs.NewConstruct(plain, new("A")), "BC", nil)
	benchapi.New(constructs.NewConstruct(plain, new("AB")), "C", nil)
	awscdk.NewCfnOutput(plain, new("SomebodysUrl"), &awscdk.CfnOutputProps{Value: new("https://example.com")})

	parent := newStack(app, "Parent")
	nested := awscdk.NewNestedStack(parent, new("Nested"), nil)
	benchapi.New(nested, "Orders", nil)
	deeper := awscdk.NewNestedStack(nested, new("Deeper"), nil)
	benchapi.New(deeper, "Orders", nil)

	outer := awscdk.NewStage(app, new("Prod"), nil)
	inner := awscdk.NewStage(outer, new("EU"), nil)
	staged := awscdk.NewStack(inner, new("Plain"), nil)
	benchapi.New(staged, "Orders", nil)

	file := map[string]map[string]string{}
	logs := map[string]string{}
	for _, stack := range []awscdk.Stack{plain, parent, staged} {
		values := map[string]string{}
		for id, o := range synth(t, stack).Outputs {
			values[id] = deployed(id, o.Value)
		}
		file[*stack.StackName()] = values
	}
	for _, stack := range []awscdk.Stack{plain, parent, nested, deeper, staged} {
		for id, r := range synth(t, stack).Resources {
			if name, ok := r.Properties["LogGroupName"].(string); ok {
				at := *stack.StackName() + "/" + id
				if logs[name] != "" {
					t.Errorf("%s and %s share the log group %s", logs[name], at, name)
				}
				logs[name] = at
			}
		}
	}
	data, err := json.Marshal(file)
	if err != nil {
		t.Fatal(err)
	}
	found, err := outputs.Read(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, target := range found.Targets {
		got = append(got, target.String())
		if len(target.DeploymentID) != 32 || target.Region == "" || target.MemoryMB != 512 || target.Version == "" || target.AccessLogs == "" {
			t.Errorf("%v is incomplete: %+v", target, target)
		}
	}
	want := []string{
		"Parent/NestedDeeperOrders", "Parent/NestedOrders",
		"Plain/ABC", "Plain/ABCA4C547EB", "Plain/Orders", "Plain/Users",
		"Prod-EU-Plain/Orders",
	}
	if !slices.Equal(got, want) {
		t.Errorf("found %v, want %v", got, want)
	}
	if len(found.Warnings) != 0 {
		t.Errorf("warnings: %v", found.Warnings)
	}
	if len(logs) != len(want) {
		t.Errorf("%d access logs, want %d", len(logs), len(want))
	}
}

// A name that a stack gives itself reaches the access log's name, since two
// deployments of one app differ in nothing else.
func TestRenamedStack(t *testing.T) {
	stack := awscdk.NewStack(newApp(t, unbuilt), new("Test"), &awscdk.StackProps{StackName: new("other")})
	benchapi.New(stack, "Health", nil)
	synth(t, stack).has(t, "AWS::Logs::LogGroup", map[string]any{
		"LogGroupName": "/aws/vendedlogs/coldcrank/other/Health",
	})
}

func TestRoutes(t *testing.T) {
	stack := newStack(newApp(t, unbuilt), "Test")
	for i, route := range []string{"GET /", "ANY /a", "DELETE /a/b", "PATCH /a/{id}", "PUT /{proxy+}", "GET /{a}/b/{c}/{d+}", "GET /a+b"} {
		api := benchapi.New(stack, fmt.Sprint("Api", i), &benchapi.Props{Route: route})
		_, path, _ := strings.Cut(route, " ")
		url, ok := stack.Resolve(api.URL).(map[string]any)
		if !ok || !strings.HasSuffix(fmt.Sprint(url), " "+path+"]]]") {
			t.Errorf("URL of %q is %v", route, url)
		}
	}
	synth(t, stack)

	for _, route := range []string{
		"GET /{a}{b}", "GET /a{b}", "GET /{a}b", "GET /{a", "GET /a}", "GET /{}", "GET /{+}",
		"GET /{a+}/b", "GET /{a+}/{b}", "GET /{a+}/{b+}", "GET /{a++}", "GET /{a+b}", "GET /{{a}}",
	} {
		want := fmt.Sprintf("benchapi: Test/Wrong: route %q: give parameters as segments, {name}, and {name+} as the last one", route)
		if got := refusal(t, stack, "Wrong", &benchapi.Props{Route: route}); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}
