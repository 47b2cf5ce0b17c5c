//go:build !linux

package phases

import (
	"context"
	"errors"

	"github.com/coldcrank/coldcrank/scripts/internal/explain/subject"
)

// Measure needs Linux, whose ptrace(2) and /proc tell when a phase ends.
func Measure(context.Context, *subject.Subject) (*Phases, error) {
	return nil, errors.New("needs Linux, whose kernel tells when a phase ends")
}
