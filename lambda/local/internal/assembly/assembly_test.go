package assembly

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write the golden file again")

// describe is an assembly as text that is the same on every machine.
func describe(t *testing.T, a *Assembly) string {
	t.Helper()
	var b strings.Builder
	for _, s := range a.Stacks {
		fmt.Fprintf(&b, "stack %s %s %s\n", s.Name, s.Account, s.Region)
		for _, f := range s.Functions {
			data, err := json.MarshalIndent(f, "  ", " ")
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&b, "  function %s\n", strings.ReplaceAll(string(data), a.Dir, "DIR"))
		}
		for _, name := range slices.Sorted(maps.Keys(s.Refused)) {
			fmt.Fprintf(&b, "  refused %s: %s\n", name, s.Refused[name])
		}
		for _, api := range s.APIs {
			fmt.Fprintf(&b, "  api %s %s %q stage %s rate %v burst %d log %q %s\n", api.LogicalID, api.ID, api.Name,
				api.Stage, api.RateLimit, api.BurstLimit, api.AccessLog, api.AccessFormat)
			for _, r := range api.Routes {
				fmt.Fprintf(&b, "    route %s %q %s %s %s → %s:%s\n", r.LogicalID, r.Key, r.Auth, r.Payload, r.Timeout, r.Function.Name, r.Qualifier)
			}
		}
		for _, g := range s.LogGroups {
			fmt.Fprintf(&b, "  log group %s\n", g)
		}
		outputs := s.Outputs(func(api *API) string { return "http://local/" + api.Name })
		for _, id := range slices.Sorted(maps.Keys(outputs)) {
			fmt.Fprintf(&b, "  output %s = %s\n", id, outputs[id])
		}
		for _, w := range s.Warnings {
			fmt.Fprintf(&b, "  warning %s\n", w)
		}
	}
	return b.String()
}

// TestGolden reads an assembly as the CDK makes it: two stacks and a stage with
// two more, one of them with a nested stack.
func TestGolden(t *testing.T) {
	a, err := Load("testdata/app")
	if err != nil {
		t.Fatal(err)
	}
	got := describe(t, a)
	golden := filepath.Join("testdata", "model.golden")
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the model is not as in %s; -update writes it:\n%s", golden, got)
	}
}

// assemble writes an assembly with one stack, Test, whose Code assets "code"
// (a folder), "code.zip" and its own template exist, and further files by name.
func assemble(t testing.TB, template string, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	all := map[string]string{
		"manifest.json": `{"version":"54.0.0","artifacts":{
			"Test":{"type":"aws:cloudformation:stack","environment":"aws://111122223333/eu-central-1","properties":{"templateFile":"t.json"}},
			"Test.assets":{"type":"cdk:asset-manifest","properties":{"file":"a.json"}}}}`,
		"a.json": `{"files":{
			"1":{"source":{"path":"code","packaging":"zip"},"destinations":{"x":{"objectKey":"code-key.zip"}}},
			"2":{"source":{"path":"code.zip","packaging":"file"},"destinations":{"x":{"objectKey":"zip-key.zip"}}},
			"3":{"source":{"path":"t.json","packaging":"file"},"destinations":{"x":{"objectKey":"t-key.json"}}}}}`,
		"t.json":         template,
		"code/bootstrap": "#!/bin/sh\n",
		"code.zip":       "PK",
	}
	for name, content := range files {
		all[name] = content
	}
	for name, content := range all {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// load is the one stack of an assembly that must be readable.
func load(t *testing.T, dir string) *Stack {
	t.Helper()
	a, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(a.Stacks) == 0 {
		t.Fatal("no stack")
	}
	return a.Stacks[0]
}

// function is a template with one function F of the given properties.
func function(properties string) string {
	return `{"Resources":{"F":{"Type":"AWS::Lambda::Function","Properties":{"Runtime":"provided.al2023",` + properties + `}}}}`
}

const plainCode = `"Code":{"S3Bucket":"b","S3Key":"code-key.zip"}`

// wantWarning wants exactly one warning, with that in it.
func wantWarning(t *testing.T, s *Stack, want string) {
	t.Helper()
	if len(s.Warnings) != 1 || !strings.Contains(s.Warnings[0], want) {
		t.Errorf("warnings: got %q, want one with %q", s.Warnings, want)
	}
}

func TestCode(t *testing.T) {
	dir := assemble(t, function(plainCode), map[string]string{"code/.shipped/bootstrap": "arm64"})
	f := load(t, dir).Functions[0]
	if got, want := f.CodeDir, filepath.Join(dir, "code"); got != want {
		t.Errorf("CodeDir: got %q, want %q", got, want)
	}
	if got, want := f.ShippedDir, filepath.Join(dir, "code", ".shipped"); got != want {
		t.Errorf("ShippedDir: got %q, want %q", got, want)
	}
	if f.MemoryMB != 128 || f.Timeout != 3*time.Second || f.EphemeralMB != 512 || f.LogFormat != "Text" || f.Architecture != "x86_64" {
		t.Errorf("the defaults are not Lambda's: %+v", f)
	}

	dir = assemble(t, function(`"Code":{"S3Key":"zip-key.zip"}`), nil)
	f = load(t, dir).Functions[0]
	if got, want := f.CodeZip, filepath.Join(dir, "code.zip"); got != want || f.CodeDir != "" || f.ShippedDir != "" {
		t.Errorf("got zip %q, folders %q and %q, want only %q", got, f.CodeDir, f.ShippedDir, want)
	}
}

func TestLeftOut(t *testing.T) {
	for _, c := range []struct{ name, properties, warning string }{
		{"inline", `"Code":{"ZipFile":"x"}`, "inline source"},
		{"image", `"Code":{"ImageUri":"x"}`, "container image"},
		{"unknown key", `"Code":{"S3Key":"other.zip"}`, `no asset of the assembly has the key "other.zip"`},
		{"no code", `"Handler":"x"`, "it has no asset"},
		{"managed instances", `"CapacityProviderConfig":{"a":1},` + plainCode, "managed instances"},
		{"file system", `"FileSystemConfigs":[{"a":1}],` + plainCode, "its file system is on AWS only"},
		{"name with a path", `"FunctionName":"../f",` + plainCode, "no name of a function"},
		{"log group with a space", `"LoggingConfig":{"LogGroup":"a b"},` + plainCode, "no name of a log group"},
		{"memory", `"MemorySize":64,` + plainCode, "64 is not between 128 and 10240"},
		{"memory as a list", `"MemorySize":[],` + plainCode, "MemorySize: text is wanted"},
		{"timeout", `"Timeout":"x",` + plainCode, "Timeout:"},
		{"architecture", `"Architectures":["mips"],` + plainCode, "neither x86_64 nor arm64"},
		{"log format", `"LoggingConfig":{"LogFormat":"XML"},` + plainCode, `"XML" is none of JSON, Text`},
		{"foreign layer", `"Layers":["arn:aws:lambda:eu-west-1:1:layer:x:1"],` + plainCode, "is not in this assembly"},
		{"unresolved memory", `"MemorySize":{"Fn::ImportValue":"x"},` + plainCode, `MemorySize: Fn::ImportValue: no stack of the assembly exports "x"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := load(t, assemble(t, function(c.properties), nil))
			if len(s.Functions) != 0 {
				t.Errorf("got function %+v, want none", s.Functions[0])
			}
			wantWarning(t, s, c.warning)
			if len(s.Refused) != 1 || !strings.Contains(strings.Join(slices.Collect(maps.Values(s.Refused)), ""), c.warning) {
				t.Errorf("refused: got %q, want one for %q", s.Refused, c.warning)
			}
			if !strings.HasPrefix(s.Warnings[0], "F (AWS::Lambda::Function): ") {
				t.Errorf("the warning does not name the function: %s", s.Warnings[0])
			}
		})
	}
}

func TestRefusedByName(t *testing.T) {
	s := load(t, assemble(t, `{"Resources":{
		"F":{"Type":"AWS::Lambda::Function","Properties":{"FunctionName":"refused","Code":{"ZipFile":"x"}}},
		"G":{"Type":"AWS::Lambda::Function","Properties":{"FunctionName":"runs",`+plainCode+`}},
		"H":{"Type":"AWS::Lambda::Function","Properties":{"FunctionName":"runs",`+plainCode+`}}}}`, nil))
	if got := slices.Collect(maps.Keys(s.Refused)); !slices.Equal(got, []string{"refused"}) {
		t.Errorf("got %q, want the one that does not run", got)
	}
}

func TestEnvironment(t *testing.T) {
	s := load(t, assemble(t, function(plainCode+`,"Environment":{"Variables":{
		"TEXT":"a","NUMBER":12345678901234567890,"BOOL":true,"GONE":{"Ref":"AWS::NoValue"},
		"BAD NAME":"x","SECRET":"{{resolve:secretsmanager:s}}","ZERO":"a\u0000b","SELF":"https://a.execute-api.eu-central-1.amazonaws.com"}}`), nil))
	got, want := fmt.Sprint(s.Functions[0].Environment), "map[BOOL:true NUMBER:12345678901234567890 TEXT:a]"
	if got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	for i, want := range []string{"BAD NAME", "SECRET", "SELF", "ZERO"} {
		if len(s.Warnings) != 4 || !strings.Contains(s.Warnings[i], "Environment.Variables."+want+": left out: ") {
			t.Fatalf("got warnings %q, want the one of %s", s.Warnings, want)
		}
	}
}

func TestNotAssembly(t *testing.T) {
	for name, manifest := range map[string]string{"absent": "", "no JSON": "x", "another file": `{"name":"x"}`, "a list": `[]`} {
		dir := t.TempDir()
		if manifest != "" {
			if err := os.WriteFile(filepath.Join(dir, "manifest.json"), []byte(manifest), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := Load(dir); err == nil || !strings.Contains(err.Error(), "is not a cloud assembly") {
			t.Errorf("%s: got %v, want that it is not a cloud assembly", name, err)
		}
	}
	if _, err := Load(filepath.Join(t.TempDir(), "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no folder: got %v, want os.ErrNotExist in it", err)
	}
}

func TestLookup(t *testing.T) {
	dir := assemble(t, `{}`, map[string]string{"manifest.json": `{"version":"54.0.0","artifacts":{
		"stage":{"type":"cdk:cloud-assembly","properties":{"directoryName":"stage"}}},
		"missing":[{"key":"vpc-provider:account=1","provider":"vpc-provider","props":{}}]}`,
		"stage/manifest.json": `{"artifacts":{},"missing":[{"key":"ami:x","provider":"ami"}]}`})
	_, err := Load(dir)
	if want := "vpc-provider:account=1 (vpc-provider), ami:x (ami)"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %s", err, want)
	}
}
