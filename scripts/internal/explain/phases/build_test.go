package phases

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// build compiles a package as a deployment does.
func build(t *testing.T, pkg, goos, goarch string, args ...string) string {
	t.Helper()
	if testing.Short() {
		t.Skip("compiles a program")
	}
	name := filepath.Join(t.TempDir(), "bootstrap")
	cmd := exec.Command("go", append([]string{"build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w -buildid=", "-o", name}, append(args, pkg)...)...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+goos, "GOARCH="+goarch)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return name
}
