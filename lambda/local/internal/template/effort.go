package template

import (
	"errors"
	"fmt"
)

// The bounds of a Set's resolution. A hundred templates of the largest size that
// CloudFormation takes (1 MB, "CloudFormation quotas") stay below them; a
// template made to exhaust the reader does not.
const (
	maxSteps = 1 << 22 // values looked at, and 64-byte pieces of text made
	maxDepth = 200     // intrinsic functions and references within each other
	maxText  = 1 << 16 // bytes of one resolved text
)

var (
	errSteps = errors.New("the templates need too many steps to resolve")
	errDepth = errors.New("nested too deeply")
	errText  = fmt.Errorf("longer than %d bytes", maxText)
	errCycle = errors.New("refers to itself")
)

// effort counts what the resolution has taken.
type effort struct{ steps, depth int }

func (e *effort) spend(steps int) error {
	// It stays where it is once it is used up, so that no sum overflows.
	if e.steps += steps; e.steps > maxSteps {
		e.steps = maxSteps
		return errSteps
	}
	return nil
}

// enter counts one step and one level; every enter that succeeds has its leave.
func (e *effort) enter() error {
	if e.depth == maxDepth {
		return errDepth
	}
	if err := e.spend(1); err != nil {
		return err
	}
	e.depth++
	return nil
}

func (e *effort) leave() { e.depth-- }

// answer is a value found earlier, or still being looked for.
type answer struct {
	value any
	err   error
	done  bool
}

// once resolves what key names a single time; a key that is asked for while it
// is being resolved is a cycle.
func (s *Stack) once(key string, resolve func() (any, error)) (any, error) {
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
