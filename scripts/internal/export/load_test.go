package export

import (
	"encoding/csv"
	"io"
	"strings"
	"testing"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
	"github.com/coldcrank/coldcrank/scripts/internal/example"
)

// What others read of cold and warm requests has nothing of a load, which has the
// samples of its own phase in CSV.
func TestLoadIsApart(t *testing.T) {
	with := example.Loaded()
	without := example.WithoutLoad(with)
	without.Header.Load = with.Header.Load // which names the run in comments
	for name, write := range map[string]func(io.Writer, ...*dataset.Run) error{
		"benchfmt": Benchfmt, "bmf": BMF, "customSmallerIsBetter": CustomSmallerIsBetter,
	} {
		if got, want := written(t, write, with), written(t, write, without); got != want {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
		}
	}
	records, err := csv.NewReader(strings.NewReader(written(t, CSV, with))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	phases := map[string]int{}
	for _, r := range records[1:] {
		for i, name := range records[0] {
			if name == "phase" {
				phases[r[i]]++
			}
		}
	}
	if phases["load"] != 200 || phases["burst"] != 12 || phases["warm"] != 20 {
		t.Errorf("got samples by phase %v, want 12 burst, 20 warm, 200 load", phases)
	}
}
