package page

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestContrast holds the colours of text against what lies under it, in every
// scheme, by WCAG's rule for level AA: axe does not look into SVG.
func TestContrast(t *testing.T) {
	schemes := regexp.MustCompile(`(?s):root \{(.*?)\}`).FindAllStringSubmatch(style, -1)
	if len(schemes) != 3 {
		t.Fatalf("%d schemes, want light, dark and print", len(schemes))
	}
	pairs := [][2]string{}
	for _, text := range []string{"ink", "faint", "new", "slower", "good", "open"} {
		pairs = append(pairs, [2]string{text, "paper"}, [2]string{text, "raised"})
	}
	for n := 1; n <= 6; n++ {
		pairs = append(pairs, [2]string{fmt.Sprint("on", n), fmt.Sprint("p", n)})
	}
	for i, scheme := range schemes {
		colors := map[string]float64{}
		for _, m := range regexp.MustCompile(`--([a-z0-9-]+): (#[0-9a-f]{6})`).FindAllStringSubmatch(scheme[1], -1) {
			colors[m[1]] = luminance(t, m[2])
		}
		for _, p := range pairs {
			a, known := colors[p[0]]
			b, alsoKnown := colors[p[1]]
			if ratio := (max(a, b) + 0.05) / (min(a, b) + 0.05); ratio < 4.5 || !known || !alsoKnown {
				t.Errorf("scheme %d: %s on %s: contrast %.2f, want 4.5", i, p[0], p[1], ratio)
			}
		}
		// What is drawn needs 3 to what is around it.
		for _, mark := range []string{"old", "new"} {
			a, b := colors[mark], colors["paper"]
			if ratio := (max(a, b) + 0.05) / (min(a, b) + 0.05); ratio < 3 {
				t.Errorf("scheme %d: %s: contrast %.2f, want 3", i, mark, ratio)
			}
		}
	}
}

// luminance is the relative luminance of a colour, as WCAG 2.2 defines it.
func luminance(t *testing.T, color string) float64 {
	t.Helper()
	n, err := strconv.ParseUint(strings.TrimPrefix(color, "#"), 16, 24)
	if err != nil {
		t.Fatal(err)
	}
	linear := func(c uint64) float64 {
		v := float64(c&0xff) / 255
		if v <= 0.04045 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(n>>16) + 0.7152*linear(n>>8) + 0.0722*linear(n)
}
