package gobuild_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/coldcrank/coldcrank/infra/internal/gobuild"
)

// The health function is named by import path, so that it is built alike in
// this repository and in an app that requires this module.
func ExampleRun() {
	out, err := os.MkdirTemp("", "health")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(out)
	b, err := gobuild.Run(context.Background(), gobuild.Spec{
		Entry:  "github.com/coldcrank/coldcrank/lambda/health",
		GOOS:   "linux",
		GOARCH: "arm64",
		Tags:   []string{"lambda.norpc", "nethttpomithttp2"},
	}, out)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(b.Package)
	fmt.Println(filepath.Base(b.Executable))
	// Output:
	// github.com/coldcrank/coldcrank/lambda/health
	// bootstrap
}
