package page

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

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
