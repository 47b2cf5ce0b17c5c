package conformance

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestDocumented holds the table of docs/ric.md against the rows of the test.
func TestDocumented(t *testing.T) {
	data, err := os.ReadFile("../../../../docs/ric.md")
	if err != nil {
		t.Fatal(err)
	}
	var want strings.Builder
	for _, r := range rows {
		is := "the same"
		if r.differs != "" {
			is = r.differs
		}
		fmt.Fprintf(&want, "| %s | %s |\n", r.name, is)
	}
	if !strings.Contains(string(data), want.String()) {
		t.Errorf("the documentation has not this table:\n%s", want.String())
	}
}
