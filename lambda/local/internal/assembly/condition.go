package assembly

import (
	"errors"
	"fmt"
)

// condition resolves a condition by its name.
func (s *scope) condition(name string) (bool, error) {
	value, err := s.once("condition "+name, func() (any, error) {
		expr, ok := s.tmpl.Conditions[name]
		if !ok {
			return nil, errors.New("no such condition")
		}
		return s.decide(expr)
	})
	if err != nil {
		return false, fmt.Errorf("condition %q: %w", name, err)
	}
	return value.(bool), nil
}

// decide resolves a condition function ("Condition functions", CloudFormation
// User Guide).
func (s *scope) decide(expr any) (bool, error) {
	if err := s.effort.enter(); err != nil {
		return false, err
	}
	defer s.effort.leave()
	function, ok := expr.(map[string]any)
	if !ok || len(function) != 1 {
		return false, errors.New("no condition function")
	}
	for name, arg := range function {
		if name == "Condition" {
			if id, ok := arg.(string); ok {
				return s.condition(id)
			}
		}
		args, _ := arg.([]any)
		switch {
		case name == "Fn::Equals" && len(args) == 2:
			a, err := s.text(args[0])
			if err != nil {
				return false, err
			}
			b, err := s.text(args[1])
			return a == b, err
		case name == "Fn::Not" && len(args) == 1:
			v, err := s.decide(args[0])
			return !v, err
		case name == "Fn::And" || name == "Fn::Or":
			any := name == "Fn::Or"
			for _, a := range args {
				v, err := s.decide(a)
				if err != nil || v == any {
					return v, err
				}
			}
			return !any, nil
		}
		return false, fmt.Errorf("%s: not resolved here", name)
	}
	panic("unreachable: the function has one name")
}
