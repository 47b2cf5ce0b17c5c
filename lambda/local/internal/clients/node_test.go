package clients

import (
	"os"
	"path/filepath"
	"testing"
)

// TestNode runs aws-lambda-ric, the runtime client that AWS's own images for
// Node.js have, as installed in the folder that the variable names.
func TestNode(t *testing.T) {
	whole(t)
	needs(t, "node")
	installed := os.Getenv("COLDCRANK_E2E_RIC")
	if installed == "" {
		lacks(t, "COLDCRANK_E2E_RIC does not name a folder in which npm has installed aws-lambda-ric")
	}
	lay := func(dir string) {
		layExecutable(t, "testdata/node", dir)
		const client = "node_modules/aws-lambda-ric"
		check(t, os.CopyFS(filepath.Join(dir, client), os.DirFS(filepath.Join(installed, client))))
	}
	behaves(t, start(t, lay), "asked to fail")

	t.Run("init error", func(t *testing.T) {
		s := start(t, func(dir string) {
			lay(dir)
			check(t, os.Remove(filepath.Join(dir, "function.js")))
		})
		failsToInit(t, s, "Runtime.ImportModuleError")
	})
}
