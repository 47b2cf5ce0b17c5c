package render

import (
	"strings"
	"testing"
)

func TestLook(t *testing.T) {
	for _, width := range []int{80, 60, 40} {
		var b strings.Builder
		if err := Table(&b, example(100), TableOptions{Width: width, Reference: true}); err != nil {
			t.Fatal(err)
		}
		t.Log("\n" + b.String())
	}
}
