package local_test

import (
	"testing"

	"github.com/coldcrank/coldcrank/lambda/local"
)

// TestCloseEndsReload: Close does not wait for what an assembly that is being loaded
// keeps provisioned.
func TestCloseEndsReload(t *testing.T) {
	x, _ := startAlone(t, local.Options{})
	dir := variant(t, `"Name": "bench"`, `"Name": "bench", "ProvisionedConcurrencyConfig": {"ProvisionedConcurrentExecutions": 1}`, `"GREETING": "hi"`, `"GREETING": "hi", "INIT": "20m"`)
	reloaded := make(chan error, 1)
	go func() { reloaded <- x.Reload(dir) }()
	waitFor(t, "the init", func() bool { return len(children()) > 0 })
	check(t, x.Close())
	if err := <-reloaded; err == nil {
		t.Error("Reload is no error, though the executor was closed meanwhile")
	}
}
