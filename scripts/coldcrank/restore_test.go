package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Another program has the port that the executor of a killed run had.
func TestRestoreFromAnotherPort(t *testing.T) {
	other := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(other.Close)
	file := filepath.Join(t.TempDir(), "x.journal.json")
	journal := fmt.Sprintf(`{"schema": 1, "run": "0a1b", "started": "2026-11-22T10:15:00Z", "targets": [
		{"target": "Shop/Orders", "region": "eu-west-1", "endpoint": %q, "function": "orders", "alias": "bench",
		"before": {"description": "", "alias_version": "1", "alias_description": ""}}]}`, other.URL)
	if err := os.WriteFile(file, []byte(journal), 0o600); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	code := execute(context.Background(), []string{"restore", file}, strings.NewReader(""), &stdout, &stderr)
	for _, want := range []string{"coldcrank: error: what answers at " + other.URL + " is no AWS API: ", "\ncoldcrank: hint: another program may have the port"} {
		if code != exitFailed || !strings.Contains(stderr.String(), want) {
			t.Errorf("exit code %d, no %q in\n%s", code, want, &stderr)
		}
	}
	if _, err := os.Stat(file); err != nil {
		t.Error(err)
	}
}
