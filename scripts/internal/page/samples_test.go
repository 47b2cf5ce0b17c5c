package page

import (
	"encoding/json"
	"testing"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
)

// TestSamples reads the table back as the page's script does.
func TestSamples(t *testing.T) {
	run := against()
	run.Samples[3].Outcome, run.Samples[3].InitNS, run.Samples[3].DoneNS = dataset.Failed, nil, nil
	run.Samples[3].ErrorClass, run.Samples[3].Error = "timeout", "no answer"
	text, err := json.Marshal(tableOf([]*dataset.Run{run}))
	if err != nil {
		t.Fatal(err)
	}
	var table struct {
		Rows    int
		Columns []struct {
			Name      string
			Unit      string
			Words     []string
			All, Runs []*int64
		}
	}
	if err := json.Unmarshal(text, &table); err != nil {
		t.Fatal(err)
	}
	if table.Rows != len(run.Samples) {
		t.Fatalf("%d rows of %d samples", table.Rows, len(run.Samples))
	}
	found := map[string][]*int64{}
	words := map[string][]string{}
	for _, c := range table.Columns {
		all := c.All
		for i := 0; i < len(c.Runs); i += 2 {
			for range *c.Runs[i+1] {
				all = append(all, c.Runs[i])
			}
		}
		if len(all) != table.Rows {
			t.Errorf("%s has %d of %d values", c.Name, len(all), table.Rows)
		}
		found[c.Name], words[c.Name] = all, c.Words
	}
	for i, s := range run.Samples {
		if got := words["target"][*found["target"][i]]; got != s.Target {
			t.Fatalf("sample %d: target %q, want %q", i, got, s.Target)
		}
		if got := words["outcome"][*found["outcome"][i]]; got != string(s.Outcome) {
			t.Fatalf("sample %d: outcome %q, want %q", i, got, s.Outcome)
		}
		if got := found["init"][i]; (got == nil) != (s.InitNS == nil) || got != nil && *got != (*s.InitNS+500)/1000 {
			t.Fatalf("sample %d: init %v", i, got)
		}
		if got := found["round"][i]; *got != int64(s.Round) {
			t.Fatalf("sample %d: round %d, want %d", i, *got, s.Round)
		}
	}
	if found["client"][3] != nil || words["error"][*found["error"][3]] != "timeout: no answer" || found["error"][4] != nil {
		t.Error("the failed sample is not as it was")
	}
	if found["restore"] != nil || found["run"] != nil {
		t.Error("columns that say nothing are there")
	}
}
