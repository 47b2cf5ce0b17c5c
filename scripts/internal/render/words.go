package render

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/coldcrank/coldcrank/scripts/internal/stats"
)

// Clean writes everything that does not print as Go writes it: control
// characters, and those that change the direction of the text or have no width.
func Clean(s string) string {
	if strings.IndexFunc(s, func(r rune) bool { return r == utf8.RuneError || !unicode.IsPrint(r) }) < 0 {
		return s
	}
	var b strings.Builder
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[0])
		case unicode.IsPrint(r):
			b.WriteRune(r)
		default:
			b.WriteString(strings.Trim(strconv.QuoteRuneToASCII(r), "'"))
		}
		s = s[size:]
	}
	return b.String()
}

// Cut shortens to width columns what cannot be wrapped; 0 is any width. Wide East Asian
// characters count as one: the terminal wraps such a line, which does no harm.
func Cut(text string, width int) string {
	if width <= 0 || utf8.RuneCountInString(text) <= width {
		return text
	}
	return string([]rune(text)[:width-1]) + "…"
}

// Short cuts a hash to what people tell each other.
func Short(hash string) string {
	if runes := []rune(hash); len(runes) > 8 {
		return string(runes[:8])
	}
	return hash
}

// Commit names a commit, and the changes of a work tree that no commit has: "8ebaa7ad
// and changes"; empty where nobody said.
func Commit(hash string, dirty *bool) string {
	if hash != "" && dirty != nil && *dirty {
		return Short(hash) + " and changes"
	}
	return Short(hash)
}

// Count writes a number with its noun, which takes an s where there are several.
func Count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// Size writes a number of bytes with kB = 1000 bytes.
func Size(n int64) string {
	switch {
	case n < 1e3:
		return fmt.Sprintf("%d B", n)
	case n < 999_950: // what rounds to 1,000 kB is a MB
		return decimals(float64(n)/1e3, 1) + " kB"
	}
	return decimals(float64(n)/1e6, 2) + " MB"
}

// Growth writes a difference of numbers of bytes with its sign.
func Growth(n int64) string {
	switch {
	case n > 0:
		return "+" + Size(n)
	case n < 0:
		return "−" + Size(-n)
	}
	return "0 B"
}

// decimals writes at most that many decimals, and no zeros at the end.
func decimals(x float64, most int) string {
	s := strconv.FormatFloat(x, 'f', most, 64)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}

// quantity writes a median with its unit: "s" as milliseconds, or "MB".
func quantity(v float64, unit string) string {
	if unit == "s" {
		return fmt.Sprintf("%.2f ms", 1e3*v)
	}
	return decimals(v, 1) + " " + unit
}

// Change writes a ratio as what is added or taken away: "+12.3 %".
func Change(ratio float64) string {
	percent := 100 * (ratio - 1)
	if math.Abs(percent) < 0.05 {
		return "0.0 %"
	}
	return trueMinus(fmt.Sprintf("%+.1f %%", percent))
}

// trueMinus writes the minus of a number as people do, and none before zero.
func trueMinus(number string) string {
	digits, negative := strings.CutPrefix(number, "-")
	if !negative || strings.Trim(digits, "0.") == "" {
		return digits
	}
	return "−" + digits
}

// spread writes an interval of ratios as changes.
func spread(i stats.Interval) string {
	return strings.TrimSuffix(Change(i.Low), " %") + " to " + Change(i.High)
}
