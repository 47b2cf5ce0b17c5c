package clients

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestDocumentedVersions holds the table of docs/local-executor.md against the
// files that pin what the tests run.
func TestDocumentedVersions(t *testing.T) {
	read := func(name string) string {
		data, err := os.ReadFile(name)
		check(t, err)
		return string(data)
	}
	const root = "../../../../"
	docs := read(root + "docs/local-executor.md")
	for _, pin := range []struct{ client, file, version string }{
		{"aws-lambda-go", root + "go.mod", `aws-lambda-go v(\S+)`},
		{"aws-lambda-go-api-proxy", "testdata/proxy/go.mod", `aws-lambda-go-api-proxy v(\S+)`},
		{"lambda_http", "testdata/axum/Cargo.toml", `lambda_http = "=(\S+)"`},
		{"axum", "testdata/axum/Cargo.toml", `axum = \{ version = "=(\S+)"`},
		{"aws-lambda-ric", root + ".ci/run", `aws-lambda-ric@(\S+)`},
	} {
		found := regexp.MustCompile(pin.version).FindStringSubmatch(read(pin.file))
		if found == nil {
			t.Fatalf("%s pins no %s", pin.file, pin.client)
		}
		if want := pin.client + " " + found[1]; !strings.Contains(docs, want) {
			t.Errorf("the documentation does not say %s", want)
		}
	}
}
