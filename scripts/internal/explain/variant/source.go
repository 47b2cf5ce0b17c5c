// Package variant builds a function's program once more with one thing changed, to be
// started beside the program as it is: other build tags, or another main package in the
// place of its own. No file of the function is touched; the go command's overlay puts
// the other one there.
package variant

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/coldcrank/coldcrank/scripts/internal/gosource"
)

// Clients of the Runtime API that a main package can be written on here.
const (
	LambdaGo = "github.com/aws/aws-lambda-go/lambda"
	RIC      = "github.com/coldcrank/coldcrank/lambda/ric"
	Typed    = RIC + "/typed" // RIC for handlers whose event and answer have types
	Bare     = RIC + "/bare"  // what RIC is made of; it links it
)

// Entry belongs to the start as the client does: an executable that the linker was told
// to enter there cannot be linked without it.
const Entry = RIC + "/entry"

// Source is what a program was built from.
type Source struct{ *gosource.Source }

// Find finds the source of an executable in the module that a folder belongs to, or in
// the executable's own below it. The error says why it cannot.
func Find(ctx context.Context, executable, dir string) (*Source, error) {
	f, err := os.Open(executable)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	source, err := gosource.Find(ctx, f, dir)
	if err != nil {
		return nil, fmt.Errorf("find the source: %w", err)
	}
	return &Source{source}, nil
}

// Client is the one that the program is written on; empty: none that is known.
func (s *Source) Client() string {
	for _, path := range []string{LambdaGo, RIC, Bare} {
		if s.Links(path) {
			return path
		}
	}
	return ""
}

// Without are the imports of the main package without those of aws-lambda-go's module,
// whose events link net/http too.
func (s *Source) Without() []string {
	own := strings.TrimSuffix(LambdaGo, "lambda")
	return slices.DeleteFunc(s.Imports(), func(path string) bool { return strings.HasPrefix(path, own) })
}
