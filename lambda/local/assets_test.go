package local_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/coldcrank/coldcrank/lambda/local"
	"github.com/coldcrank/coldcrank/lambda/local/internal/rootfs"
)

// edit replaces text in a file of an assembly.
func edit(t *testing.T, file, old, replacement string) {
	t.Helper()
	data, err := os.ReadFile(file)
	check(t, err)
	if !strings.Contains(string(data), old) {
		t.Fatalf("%s is without %s", file, old)
	}
	check(t, os.WriteFile(file, []byte(strings.Replace(string(data), old, replacement, 1)), 0o644))
}

// TestZipAsset runs a function whose asset is a zip file, as a CDK app has it
// that was given one.
func TestZipAsset(t *testing.T) {
	dir, remove, err := testAssembly()
	check(t, err)
	defer remove()
	var packed bytes.Buffer
	z := zip.NewWriter(&packed)
	check(t, z.AddFS(os.DirFS(filepath.Join(dir, "asset.hello"))))
	check(t, z.Close())
	check(t, os.WriteFile(filepath.Join(dir, "hello.zip"), packed.Bytes(), 0o600))
	edit(t, filepath.Join(dir, "Tiny.assets.json"), `"path": "asset.hello", "packaging": "zip"`, `"path": "hello.zip", "packaging": "file"`)
	x, err := local.Start(t.Context(), dir, local.Options{})
	check(t, err)
	defer x.Close()
	if status, body, _ := get(t, base(t, x)+"/health"); status != 200 || body != "Healthy" {
		t.Errorf("got %d %s", status, body)
	}
	c, err := lambda.NewFromConfig(awsConfig(x)).GetFunctionConfiguration(t.Context(), &lambda.GetFunctionConfigurationInput{FunctionName: new("hello")})
	check(t, err)
	sum := sha256.Sum256(packed.Bytes())
	if want := base64.StdEncoding.EncodeToString(sum[:]); *c.CodeSha256 != want || c.CodeSize != int64(packed.Len()) {
		t.Errorf("got %s, %d bytes, want %s, %d", *c.CodeSha256, c.CodeSize, want, packed.Len())
	}
	if dir, ok := x.ShippedCode("hello"); ok {
		t.Errorf("ShippedCode = %q, want none: it is no folder", dir)
	}
}

// What an alias keeps provisioned is there when Start returns.
func TestProvisionedConcurrency(t *testing.T) {
	for _, c := range []struct {
		name  string
		warns bool
	}{{"initializes", false}, {"fails", true}} {
		dir, remove, err := testAssembly()
		check(t, err)
		defer remove()
		edit(t, filepath.Join(dir, "Tiny.template.json"), `"Name": "bench"`, `"Name": "bench", "ProvisionedConcurrencyConfig": {"ProvisionedConcurrentExecutions": 2}`)
		edit(t, filepath.Join(dir, "Tiny.template.json"), `"GREETING": "hi"`, `"GREETING": "hi", "INIT": "`+c.name+`"`)
		x, err := local.Start(t.Context(), dir, local.Options{})
		check(t, err)
		defer x.Close()
		const want = "function hello, alias bench: 0 of 2 environments are provisioned: FUNCTION_ERROR_INIT_FAILURE; on AWS the deployment would fail"
		if slices.Contains(x.Warnings(), want) != c.warns {
			t.Errorf("%s: warnings %q", c.name, x.Warnings())
		}
	}
}

// TestLayers: what lies under /opt takes a mount namespace.
func TestLayers(t *testing.T) {
	dir, remove, err := testAssembly()
	check(t, err)
	defer remove()
	template := filepath.Join(dir, "Tiny.template.json")
	edit(t, template, `"Resources": {`, `"Resources": {
		"Layer": {"Type": "AWS::Lambda::LayerVersion", "Properties": {"Content": {"S3Bucket": "b", "S3Key": "hello.zip"}}},`)
	edit(t, template, `"MemorySize": 512,`, `"MemorySize": 512, "Layers": [{"Ref": "Layer"}],`)
	x, err := local.Start(t.Context(), dir, local.Options{})
	if rootfs.Permitted() != nil {
		if err == nil {
			x.Close()
			t.Fatal("no error")
		}
		for _, part := range []string{"target Tiny/Hello", "function hello: its layers (1)", "measure it so or on AWS"} {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("error %q does not say %q", err, part)
			}
		}
		return
	}
	check(t, err)
	defer x.Close()
	if status, body, _ := get(t, base(t, x)+"/health"); status != 200 || body != "Healthy" {
		t.Errorf("got %d %s", status, body)
	}
}
