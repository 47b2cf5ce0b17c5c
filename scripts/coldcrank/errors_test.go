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
