package assembly

import (
	"errors"
	"fmt"
)

// The bounds of an assembly's resolution. A hundred templates of the largest
// size that CloudFormation takes (1 MB, "CloudFormation quotas") stay below
// them; a template made to exhaust the reader does not.
const (
	maxSteps = 1 << 22 // values looked at, and 64-byte pieces of text made
	maxDepth = 200     // intrinsics and references within each other
	maxText  = 1 << 16 // bytes of one resolved text
)

var (
	errSteps = errors.New("the assembly needs too many steps to resolve")
	errDepth = errors.New("nested too deeply")
	errText  = fmt.Errorf("longer than %d bytes", maxText)
	errCycle = errors.New("refers to itself")
)

// effort counts what the resolution has taken; all scopes of an assembly share it.
type effort struct{ steps, depth int }

// enter counts one step and one level; every enter that succeeds has its leave.
func (e *effort) enter() error {
	switch e.steps++; {
	case e.steps > maxSteps:
		return errSteps
	case e.depth == maxDepth:
		return errDepth
	}
	e.depth++
	return nil
}

func (e *effort) leave() { e.depth-- }

// scope resolves the expressions of one template: a stack's, or a nested stack's.
type scope struct {
	*partition
	name   string // the stack's name
	path   string // logical ids of the nested stacks that lead here, each with a slash
	stack  *Stack // where results and warnings go
	dir    *directory
	tmpl   *template
	loader *loader
	effort *effort

	parent *scope         // of a nested stack; a stack's own scope is its own parent
	given  map[string]any // parameters that the parent gives, as expressions of the parent
	nested map[string]*scope

	known    map[string]*answer
	versions map[string]int // version resources → number
}

// answer is a value found earlier, or still being looked for.
type answer struct {
	value any
	err   error
	done  bool
}

// noValue is what AWS::NoValue resolves to: the property that has it is absent.
type noValue struct{}

// once resolves what key names a single time; a key that is asked for while it
// is being resolved is a cycle.
func (s *scope) once(key string, resolve func() (any, error)) (any, error) {
	if a, ok := s.known[key]; ok {
		if !a.done {
			return nil, errCycle
		}
		return a.value, a.err
	}
	a := new(answer)
	s.known[key] = a
	a.value, a.err = resolve()
	a.done = true
	return a.value, a.err
}
