package page

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

const absent = "–"

// longest is how many characters of a foreign text are shown.
const longest = 240

// text cuts what others wrote, so that no name or error takes the page over.
func text(s string) string {
	n := utf8.RuneCountInString(s)
	if n <= longest {
		return s
	}
	return string([]rune(s)[:longest]) + fmt.Sprintf("… (%d characters)", n)
}

// short cuts a hash to what people tell each other.
func short(hash string) string {
	if runes := []rune(hash); len(runes) > 8 {
		return string(runes[:8])
	}
	return hash
}

// ms writes milliseconds with two decimals, as Lambda's REPORT does.
func ms(d time.Duration) string {
	return fixed(float64(d)/float64(time.Millisecond), 2)
}

func msOf(d *time.Duration) string {
	if d == nil {
		return absent
	}
	return ms(*d)
}

// msOfSeconds is for axes: milliseconds with as many decimals as their step has.
func msOfSeconds(v float64, decimals int) string { return fixed(1e3*v, max(0, decimals-3)) }

// fixed writes a number with a true minus, and no minus before zero.
func fixed(v float64, decimals int) string {
	s := strconv.FormatFloat(v, 'f', decimals, 64)
	if digits, negative := strings.CutPrefix(s, "-"); negative {
		if strings.Trim(digits, "0.") == "" {
			return digits
		}
		return "−" + digits
	}
	return s
}

// count writes a number with its noun.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return grouped(n) + " " + noun + "s"
}

// grouped writes a number with commas between thousands.
func grouped(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// shell writes a command line so that a POSIX shell takes each argument as it is.
func shell(args []string) string {
	quoted := make([]string, len(args))
	for i, a := range args {
		if a == "" || strings.Trim(a, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=./:,@%+~^") != "" {
			a = "'" + strings.ReplaceAll(a, "'", `'\''`) + "'"
		}
		quoted[i] = a
	}
	return strings.Join(quoted, " ")
}

// minute is the form of times.
const minute = "2006-01-02 15:04 UTC"
