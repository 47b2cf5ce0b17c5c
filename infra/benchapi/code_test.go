package benchapi_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/coldcrank/coldcrank/infra/benchapi"
)

// built counts the executables that New leaves in the temporary folder.
func built(t *testing.T, context map[string]any, p *benchapi.Props) int {
	t.Helper()
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	benchapi.New(newStack(newApp(t, context), "Test"), "Health", p)
	left, err := filepath.Glob(filepath.Join(dir, "benchapi-*", "bootstrap"))
	if err != nil {
		t.Fatal(err)
	}
	return len(left)
}

// The assembly has a copy of the code, unless it is told to have none.
func TestStaging(t *testing.T) {
	if n := built(t, nil, nil); n != 0 {
		t.Errorf("%d executables are left behind", n)
	}
	if n := built(t, map[string]any{"aws:cdk:disable-asset-staging": true}, nil); n != 1 {
		t.Errorf("%d executables for an assembly without copies, want 1", n)
	}
}

// cdk ls and cdk destroy work on code that does not build.
func TestNothingIsBuiltWithoutNeed(t *testing.T) {
	broken := &benchapi.Props{Entry: "./nowhere"}
	built(t, unbuilt, broken)
	built(t, map[string]any{"aws:cdk:bundling-stacks": []string{"Other"}}, broken)

	stack := newStack(newApp(t, map[string]any{"aws:cdk:bundling-stacks": []string{"Test"}}), "Test")
	if got := refusal(t, stack, "Wrong", broken); !strings.Contains(got, "nowhere") || strings.Contains(got, "\n") {
		t.Errorf("got %q, want one line about ./nowhere", got)
	}
}

// Given by its import path, the health function is the same asset as by default.
func TestEntryByImportPath(t *testing.T) {
	asset := func(p *benchapi.Props) string {
		stack := newStack(newApp(t), "Test")
		benchapi.New(stack, "Health", p)
		got := synth(t, stack)
		for _, r := range got.Resources {
			if code, ok := r.Properties["Code"].(map[string]any); ok {
				return code["S3Key"].(string)
			}
		}
		t.Fatal("no function")
		return ""
	}
	named := asset(&benchapi.Props{
		Entry:     "github.com/coldcrank/coldcrank/lambda/health",
		BuildTags: []string{"nethttpomithttp2", "lambda.norpc"},
	})
	if byDefault := asset(nil); named != byDefault {
		t.Errorf("asset is %s, by default %s", named, byDefault)
	}
	if other := asset(&benchapi.Props{LDFlags: "-s"}); other == named {
		t.Error("LDFlags change nothing")
	}
	if other := asset(&benchapi.Props{BuildTags: []string{}}); other == named {
		t.Error("BuildTags change nothing")
	}
}
