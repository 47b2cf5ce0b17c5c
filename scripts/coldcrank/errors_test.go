package main

import (
	"errors"
	"fmt"
	"slices"
	"testing"
)

func TestTexts(t *testing.T) {
	full, busy := errors.New("disk full"), errors.New("busy")
	for _, test := range []struct {
		err  error
		want []string
	}{
		{full, []string{"disk full"}},
		{errors.Join(full, busy), []string{"disk full", "busy"}},
		{errors.Join(errors.Join(full, full, nil), fmt.Errorf("S/A: %w", busy), full), []string{"disk full", "S/A: busy"}},
		{fmt.Errorf("%w, while %w", full, full), []string{"disk full, while disk full"}},
		{errors.New("a\na"), []string{"a\na"}},
	} {
		if got := texts(test.err); !slices.Equal(got, test.want) {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
}

func TestPrintable(t *testing.T) {
	for text, want := range map[string]string{
		"a\tb\n§ 語 😀":                "a\tb\n§ 語 😀",
		"a\x1b[2Jb\r\x07\x7f\u009bc": "a�[2Jb����c",
		"user\u202etxt.exe\u2066":    "user�txt.exe�",
		"zero\u200bwidth\ufeff":      "zero�width�",
		"bad\xff":                    "bad�",
	} {
		if got := printable(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}
