package outputs

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

// values is what a stack says of one target.
func values(name string) map[string]any {
	return map[string]any{
		LogicalID(name, URL):          "https://abc.execute-api.eu-west-1.amazonaws.com/health",
		LogicalID(name, Route):        "GET /health",
		LogicalID(name, FunctionName): "stack-fn-1",
		LogicalID(name, Alias):        "bench",
		LogicalID(name, Version):      "7",
		LogicalID(name, FunctionLogs): "/coldcrank/fn",
		LogicalID(name, AccessLogs):   "/aws/vendedlogs/access",
		LogicalID(name, DeploymentID): "4f0c2a",
		LogicalID(name, MemorySize):   "512",
		LogicalID(name, Architecture): "arm64",
		LogicalID(name, Auth):         AuthIAM,
		LogicalID(name, BurstLimit):   "1000",
		LogicalID(name, RateLimit):    "500",
		LogicalID(name, Region):       "eu-west-1",
	}
}

func target(stack, name string) Target {
	return Target{
		Stack: stack, Name: name,
		URL:   "https://abc.execute-api.eu-west-1.amazonaws.com/health",
		Route: "GET /health", FunctionName: "stack-fn-1", Alias: "bench", Version: "7",
		FunctionLogs: "/coldcrank/fn", AccessLogs: "/aws/vendedlogs/access",
		DeploymentID: "4f0c2a", MemoryMB: 512, Architecture: "arm64", Auth: AuthIAM, BurstLimit: 1000, RateLimit: 500, Region: "eu-west-1",
	}
}

func encode(t testing.TB, v any) string {
	t.Helper()
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func mustRead(t *testing.T, text string) *File {
	t.Helper()
	f, err := Read(strings.NewReader(text))
	if err != nil {
		t.Fatalf("%.200s: %v", text, err)
	}
	return f
}

// merged returns the union of maps.
func merged(maps ...map[string]any) map[string]any {
	all := map[string]any{}
	for _, m := range maps {
		for k, v := range m {
			all[k] = v
		}
	}
	return all
}

func without(m map[string]any, keys ...string) map[string]any {
	m = merged(m)
	for _, k := range keys {
		delete(m, k)
	}
	return m
}

func TestRead(t *testing.T) {
	foreign := map[string]any{
		"BucketName":     "assets",
		"ApiEndpointUrl": "https://example.com", // ends as one of ours does
		"CdnUrl":         "https://cdn.example.com",
		"CdnRegion":      "us-east-1",
		"Url":            "https://example.com",
		"OrdersTableArn": "arn:aws:dynamodb:eu-west-1:123456789012:table/orders",
		"ExportsOutput":  "",
	}
	for _, tt := range []struct {
		name     string
		file     any
		targets  []Target
		warnings []string // what each says, in order
	}{
		{name: "no stack", file: map[string]any{}},
		{name: "a stack without outputs", file: map[string]any{"Net": map[string]any{}}},
		{name: "others' stacks", file: map[string]any{"Net": foreign}},
		{
			name:    "one target",
			file:    map[string]any{"Bench": values("Orders")},
			targets: []Target{target("Bench", "Orders")},
		},
		{
			name: "several stacks and targets, others between",
			file: map[string]any{
				"Prod":  merged(values("Orders"), foreign, values("ProdApiCarts")),
				"Bench": merged(foreign, values("Orders")),
				"Net":   foreign,
			},
			targets: []Target{target("Bench", "Orders"), target("Prod", "Orders"), target("Prod", "ProdApiCarts")},
		},
		{
			name:    "a target's name that begins with another's and ends in a field",
			file:    map[string]any{"Bench": merged(values("Orders"), values("OrdersUrl"))},
			targets: []Target{target("Bench", "Orders"), target("Bench", "OrdersUrl")},
		},
		{
			name: "a required field is missing",
			file: map[string]any{"Bench": merged(values("Carts"), without(values("Orders"), "OrdersFunctionName", "OrdersAlias"))},
			targets: []Target{
				target("Bench", "Carts"),
			},
			warnings: []string{`stack "Bench", output "OrdersDeploymentId": looks like a target's, but the stack has no OrdersFunctionName, OrdersAlias`},
		},
		{
			name: "a function without an API",
			file: map[string]any{"Bench": without(values("Orders"), "OrdersUrl", "OrdersRoute", "OrdersAccessLogs", "OrdersAuth")},
			targets: []Target{func() Target {
				t := target("Bench", "Orders")
				t.URL, t.Route, t.AccessLogs, t.Auth = "", "", "", ""
				return t
			}()},
		},
		{
			name:     "a required field is empty",
			file:     map[string]any{"Bench": merged(values("Orders"), map[string]any{"OrdersFunctionLogs": ""})},
			warnings: []string{`stack "Bench", output "OrdersDeploymentId": looks like a target's, but the stack has no OrdersFunctionLogs`},
		},
		{
			name: "without a deployment id nothing is ours",
			file: map[string]any{"Bench": without(values("Orders"), "OrdersDeploymentId")},
		},
		{
			name:     "a deployment id that is empty",
			file:     map[string]any{"Bench": merged(values("Orders"), map[string]any{"OrdersDeploymentId": ""})},
			warnings: []string{`stack "Bench", output "OrdersDeploymentId": looks like a target's, but the stack has no OrdersDeploymentId`},
		},
		{
			name: "values that are no strings",
			file: map[string]any{"Bench": merged(values("Orders"), map[string]any{"OrdersAccessLogs": []any{"x"}, "OrdersMemorySize": 512})},
			targets: []Target{func() Target {
				w := target("Bench", "Orders")
				w.AccessLogs, w.MemoryMB = "", 0
				return w
			}()},
			warnings: []string{
				`stack "Bench", output "OrdersAccessLogs": its value is not a string`,
				`stack "Bench", output "OrdersMemorySize": its value is not a string`,
			},
		},
		{
			name: "foreign values that are no strings are nobody's business",
			file: map[string]any{"Bench": merged(values("Orders"), map[string]any{"Count": 3, "CdnUrl": 3, "Tags": map[string]any{"a": nil}})},
			targets: []Target{
				target("Bench", "Orders"),
			},
		},
		{
			name:     "a memory size that is none",
			file:     map[string]any{"Bench": merged(values("Orders"), map[string]any{"OrdersMemorySize": "-1"})},
			targets:  []Target{func() Target { w := target("Bench", "Orders"); w.MemoryMB = 0; return w }()},
			warnings: []string{`stack "Bench", output "OrdersMemorySize": "-1" is no size in MB`},
		},
		{
			name:     "a burst limit that is none",
			file:     map[string]any{"Bench": merged(values("Orders"), map[string]any{"OrdersBurstLimit": "many"})},
			targets:  []Target{func() Target { w := target("Bench", "Orders"); w.BurstLimit = 0; return w }()},
			warnings: []string{`stack "Bench", output "OrdersBurstLimit": "many" is no number of requests`},
		},
		{
			name:     "a stack that is no object",
			file:     map[string]any{"Bench": values("Orders"), "List": []any{1}, "Text": "x"},
			targets:  []Target{target("Bench", "Orders")},
			warnings: []string{`stack "List": its outputs are not an object`, `stack "Text": its outputs are not an object`},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := mustRead(t, encode(t, tt.file))
			if !reflect.DeepEqual(f.Targets, tt.targets) {
				t.Errorf("targets:\ngot  %+v\nwant %+v", f.Targets, tt.targets)
			}
			var warnings []string
			for _, w := range f.Warnings {
				warnings = append(warnings, w.String())
			}
			if !reflect.DeepEqual(warnings, tt.warnings) {
				t.Errorf("warnings:\ngot  %q\nwant %q", warnings, tt.warnings)
			}
			if f.Executor != nil {
				t.Errorf("an executor out of nothing: %+v", f.Executor)
			}
		})
	}
}

// A value null is no string, and a stack null is no object: both are said, none
// is taken for an empty one.
func TestReadNullInside(t *testing.T) {
	f := mustRead(t, encode(t, map[string]any{"Bench": merged(values("Orders"), map[string]any{"OrdersAuth": nil}), "Null": nil}))
	if len(f.Targets) != 1 || f.Targets[0].Auth != "" {
		t.Errorf("targets %+v", f.Targets)
	}
	var got []string
	for _, w := range f.Warnings {
		got = append(got, w.String())
	}
	want := []string{`stack "Bench", output "OrdersAuth": its value is not a string`, `stack "Null": its outputs are not an object`}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("warnings:\ngot  %q\nwant %q", got, want)
	}
}

func TestReadExecutor(t *testing.T) {
	f := mustRead(t, `{"Bench":{},"coldcrank:executor":{"name":"local","endpoint":"http://127.0.0.1:4566","pollMs":20,"patienceMs":3000,"settings":{"cpu":"cgroup"}}}`)
	want := &Executor{Name: "local", Endpoint: "http://127.0.0.1:4566", PollMS: 20, PatienceMS: 3000, Settings: map[string]string{"cpu": "cgroup"}}
	if !reflect.DeepEqual(f.Executor, want) || len(f.Targets)+len(f.Warnings) != 0 {
		t.Errorf("got %+v, want executor %+v", f, want)
	}
	if f.Executor.Poll() != 20*time.Millisecond || f.Executor.Patience() != 3*time.Second {
		t.Errorf("poll %v, patience %v", f.Executor.Poll(), f.Executor.Patience())
	}
	if again := mustRead(t, encode(t, map[string]any{ExecutorKey: want})); !reflect.DeepEqual(again.Executor, want) {
		t.Errorf("written and read: %+v", again.Executor)
	}
}

func TestReadSyntaxError(t *testing.T) {
	for _, text := range []string{
		"", " ", "null", "[]", "[{}]", `"text"`, "1", "true", "{", "{]", `{"a"}`, `{"a":}`, "{}{}", "{} x", "{}]", `{"a":{}},`, "\x00", "\xff\xfe{}",
		"Outputs:\nBench.OrdersUrl = https://example.com",
		`{"coldcrank:executor":"local"}`,
		`{"coldcrank:executor":{"pollMs":"20"}}`,
		`{"coldcrank:executor":{"pollMs":1e30}}`,
		strings.Repeat("[", 100_000),
		strings.Repeat(`{"a":`, 100_000),
	} {
		wantSyntaxError(t, text)
	}
	if got := mustRead(t, " {} \n"); !reflect.DeepEqual(got, &File{}) {
		t.Errorf("blanks around the object: %+v", got)
	}
}

// A file that a killed deploy left behind is no file at any length.
func TestReadTruncated(t *testing.T) {
	text := encode(t, map[string]any{"Bench": values("Orders"), ExecutorKey: Executor{Name: "local"}})
	for n := range len(text) {
		wantSyntaxError(t, text[:n])
	}
}

func wantSyntaxError(t *testing.T, text string) {
	t.Helper()
	f, err := Read(strings.NewReader(text))
	var syntax *SyntaxError
	if !errors.As(err, &syntax) || f != nil {
		t.Errorf("%.60q: got %+v, %v; want a *SyntaxError", text, f, err)
		return
	}
	if syntax.Offset < 0 || syntax.Offset > int64(len(text)) || syntax.Unwrap() == nil || !strings.Contains(err.Error(), "not an outputs file") {
		t.Errorf("%.60q: offset %d, error %v", text, syntax.Offset, err)
	}
}

// A reader that fails is not a file that is wrong.
func TestReadReaderFails(t *testing.T) {
	broken := errors.New("disk on fire")
	_, err := Read(&failing{broken})
	if !errors.Is(err, broken) {
		t.Errorf("got %v, want %v", err, broken)
	}
	var syntax *SyntaxError
	if errors.As(err, &syntax) {
		t.Errorf("%v is called a syntax error", err)
	}
}

type failing struct{ err error }

func (r *failing) Read(p []byte) (int, error) { return copy(p, `{"Bench":{`), r.err }

func TestReadFile(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "cdk-outputs.json")
	if _, err := ReadFile(name); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), name) {
		t.Errorf("no file: %v", err)
	}
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(`{"Bench":`)
	var syntax *SyntaxError
	if _, err := ReadFile(name); !errors.As(err, &syntax) || !strings.Contains(err.Error(), name) {
		t.Errorf("half a file: %v", err)
	}
	write(encode(t, map[string]any{"Bench": values("Orders")}))
	f, err := ReadFile(name)
	if err != nil || len(f.Targets) != 1 || f.Targets[0].String() != "Bench/Orders" {
		t.Errorf("got %+v, %v", f, err)
	}
}

// FuzzRead: no input panics; what is a target has what measuring needs; and the
// answer does not depend on chance.
func FuzzRead(f *testing.F) {
	f.Add(encode(f, map[string]any{"Bench": merged(values("Orders"), values("OrdersUrl")), ExecutorKey: Executor{Name: "local"}}))
	f.Add(`{"Bench":{"OrdersDeploymentId":"1","OrdersUrl":null,"OrdersMemorySize":"1e3"},"X":[]}`)
	f.Add(`{"Bench":{"aDeploymentId":"1","aUrl":"u","aAlias":"b","aFunctionName":"f","aFunctionLogs":"l"},"Bench":{}}`)
	f.Add("null")
	f.Add("{} {}")
	f.Fuzz(func(t *testing.T, text string) {
		got, err := Read(strings.NewReader(text))
		again, errAgain := Read(strings.NewReader(text))
		if !reflect.DeepEqual(got, again) || fmt.Sprint(err) != fmt.Sprint(errAgain) {
			t.Errorf("two readings: %+v, %v and %+v, %v", got, err, again, errAgain)
		}
		var syntax *SyntaxError
		if err != nil {
			if !errors.As(err, &syntax) || got != nil {
				t.Errorf("got %+v, %T %v", got, err, err)
			}
			return
		}
		for _, target := range got.Targets {
			if target.Name == "" || target.FunctionName == "" || target.Alias == "" || target.FunctionLogs == "" || target.MemoryMB < 0 || target.BurstLimit < 0 || target.RateLimit < 0 {
				t.Errorf("cannot be measured: %+v", target)
			}
		}
		for _, w := range got.Warnings {
			if w.Reason == "" {
				t.Errorf("a warning without a reason: %+v", w)
			}
		}
	})
}

func ExampleRead() {
	f, err := Read(strings.NewReader(`{
	  "Bench": {
	    "BucketName": "assets",
	    "OrdersUrl": "https://abc.execute-api.eu-west-1.amazonaws.com/orders",
	    "OrdersFunctionName": "Bench-Orders-1A2B",
	    "OrdersAlias": "bench",
	    "OrdersFunctionLogs": "/coldcrank/Bench-Orders",
	    "OrdersDeploymentId": "4f0c2a",
	    "CartsDeploymentId": "9b1d77"
	  }
	}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, t := range f.Targets {
		fmt.Println(t, t.DeploymentID, t.URL)
	}
	for _, w := range f.Warnings {
		fmt.Println("warning:", w)
	}
	// Output:
	// Bench/Orders 4f0c2a https://abc.execute-api.eu-west-1.amazonaws.com/orders
	// warning: stack "Bench", output "CartsDeploymentId": looks like a target's, but the stack has no CartsFunctionName, CartsAlias, CartsFunctionLogs
}

// CloudFormation's answer holds what a file holds for a stack.
func TestFromStack(t *testing.T) {
	all := map[string]string{"BucketName": "assets", "CdnUrl": "https://cdn.example.com"}
	for k, v := range merged(values("Orders"), without(values("Carts"), "CartsAlias")) {
		all[k] = v.(string)
	}
	file := mustRead(t, encode(t, map[string]any{"Bench": all}))
	got := FromStack("Bench", all)
	if want := []Target{target("Bench", "Orders")}; !reflect.DeepEqual(got.Targets, want) || len(got.Warnings) != 1 {
		t.Errorf("targets %+v, warnings %v; want %+v, one warning", got.Targets, got.Warnings, want)
	}
	if !reflect.DeepEqual(got, file) {
		t.Errorf("from the stack\n%+v, from a file\n%+v", got, file)
	}
	if none := FromStack("Net", nil); none.Targets != nil || none.Warnings != nil {
		t.Errorf("a stack without outputs: %+v", none)
	}
}
