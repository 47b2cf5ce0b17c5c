package tool

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestGet takes what is in the cache, and says of what is not there why.
func TestGet(t *testing.T) {
	cache, path := t.TempDir(), t.TempDir()
	there := filepath.Join(cache, "oha-"+ohaVersion, "bin", "oha")
	for _, err := range []error{os.MkdirAll(filepath.Dir(there), 0o755), os.WriteFile(there, nil, 0o755)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", path) // nothing can be built
	ctx := t.Context()
	if got := Get(ctx, Oha, cache, ""); got.Path != there || got.Missing != "" || got.Version != ohaVersion {
		t.Errorf("got %+v", got)
	}
	for _, tc := range []struct{ name, emulator, want string }{
		{Hey, "", "go install: "},
		{Emulator, "", "clone github.com/aws/aws-lambda-runtime-interface-emulator and give its folder with --rie"},
		{Emulator, filepath.Join(cache, "none"), "no such file"},
		{Emulator, cache, "git rev-parse"},
	} {
		if got := Get(ctx, tc.name, cache, tc.emulator); got.Path != "" || !strings.Contains(got.Missing, tc.want) {
			t.Errorf("%s: got %+v, want %s", tc.name, got, tc.want)
		}
	}
	if got := Get(ctx, Emulator, cache, there); got.Path != there || got.Missing != "" {
		t.Errorf("got %+v", got)
	}
	// What a failed build began is removed.
	left, err := os.ReadDir(cache)
	if err != nil || len(left) != 1 {
		t.Errorf("left %v, %v", left, err)
	}
}
