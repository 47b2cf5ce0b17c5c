package render

import (
	"strings"
	"testing"
	"time"

	"github.com/coldcrank/coldcrank/scripts/internal/stats"
)

func TestTableSaysWhatIsBilledOtherwise(t *testing.T) {
	b := targetBlock(stats.Summary{Misbilled: &stats.Misbilled{N: 3, Of: 100, Billed: 2 * time.Millisecond, Expected: 132 * time.Millisecond}}, false)
	p := &printer{}
	b.print(p, fit([]block{b}, 0))
	const want = "3 of 100 billed otherwise than Init + Duration, rounded up: the first 2.00 ms for 132.00 ms"
	if got := p.out.String(); !strings.Contains(got, want) {
		t.Errorf("got %q without %q", got, want)
	}
}
