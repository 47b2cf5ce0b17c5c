package template

import (
	"errors"
	"fmt"
)

// condition resolves a condition by its name; what has none exists.
func (s *Stack) condition(name string) (bool, error) {
	if name == "" {
		return true, nil
	}
	value, err := s.once("condition "+name, func() (any, error) {
		expression, ok := s.template.Conditions[name]
		if !ok {
			return nil, errors.New("no such condition")
		}
		return s.decide(expression)
	})
	if err != nil {
		return false, fmt.Errorf("condition %q: %w", name, err)
	}
	return value.(bool), nil
}

// decide resolves a condition function ("Condition functions", CloudFormation
// User Guide).
func (s *Stack) decide(expression any) (bool, error) {
	if err := s.set.effort.enter(); err != nil {
		return false, err
	}
	defer s.set.effort.leave()
	object, _ := expression.(map[string]any)
	name, arg, ok := only(object)
	if !ok {
		return false, errors.New("no condition function")
	}
	if id, ok := arg.(string); ok && name == "Condition" && id != "" {
		return s.condition(id)
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
	case name == "Fn::And", name == "Fn::Or":
		decisive := name == "Fn::Or"
		for _, a := range args {
			if v, err := s.decide(a); err != nil || v == decisive {
				return v, err
			}
		}
		return !decisive, nil
	}
	return false, fmt.Errorf("%s: not resolved here, or not with these arguments", name)
}
