package template

import (
	"fmt"
	"iter"
	"maps"
	"slices"

	"github.com/coldcrank/coldcrank/lambda/local/internal/physical"
)

// Set is stacks that may use each other's exports and outputs, in whatever order
// they are added. What their resolution takes is bounded for all of them
// together; when it is used up, everything more is an error. The zero value is
// an empty set. A Set and its stacks are for one goroutine at a time.
type Set struct {
	stacks  []*Stack
	exports map[string]func() (any, error) // by account, Region and name; nil until one is asked for
	effort  effort
}

// Stack is a template with all that its expressions depend on.
type Stack struct {
	Place physical.Place

	set      *Set
	template *Template
	parent   *Stack         // of a nested stack; a stack that is not nested is its own
	given    map[string]any // parameters' values, as expressions of the parent
	nested   map[string]*Stack
	known    map[string]*answer
	versions map[string]int // by logical id
}

// Add makes a stack of a template. Parameters that are not given have the
// template's default.
func (set *Set) Add(t *Template, at physical.Place, parameters map[string]string) *Stack {
	s := &Stack{Place: at, given: map[string]any{}}
	for k, v := range parameters {
		s.given[k] = v // text resolves to itself
	}
	s.parent = s
	return set.add(s, t)
}

// Nest makes the stack of t that the resource r of s, an
// AWS::CloudFormation::Stack, stands for. Its name is made up as CloudFormation does.
func (s *Stack) Nest(r *Resource, t *Template) (*Stack, error) {
	given, err := s.object(r.Properties["Parameters"])
	if err != nil {
		return nil, fmt.Errorf("property Parameters: %w", err)
	}
	n := &Stack{Place: s.Place, parent: s, given: given}
	n.Place.Stack = s.Place.Name(r.Type, r.ID)
	s.nested[r.ID] = s.set.add(n, t)
	return n, nil
}

func (set *Set) add(s *Stack, t *Template) *Stack {
	s.set, s.template = set, t
	s.nested, s.known = map[string]*Stack{}, map[string]*answer{}
	set.stacks = append(set.stacks, s)
	set.exports = nil
	return s
}

// Resources are those resources of the given types that exist, in the order of
// the template. One comes with an error where its condition cannot be resolved;
// where the bounds are reached, the next one, and then no more.
func (s *Stack) Resources(types ...string) iter.Seq2[*Resource, error] {
	return func(yield func(*Resource, error) bool) {
		for _, r := range s.template.Resources.order {
			if err := s.set.effort.spend(1); err != nil {
				yield(r, err)
				return
			}
			if !slices.Contains(types, r.Type) {
				continue
			}
			if exists, err := s.condition(r.Condition); (err != nil || exists) && !yield(r, err) {
				return
			}
		}
	}
}

// Ref is what Ref gives for a resource: the physical name of most.
func (s *Stack) Ref(r *Resource) (string, error) {
	return s.text(map[string]any{"Ref": r.ID})
}

// Attribute is what Fn::GetAtt gives for a resource.
func (s *Stack) Attribute(r *Resource, name string) (string, error) {
	return s.text(map[string]any{"Fn::GetAtt": []any{r.ID, name}})
}

// Outputs are the stack's outputs that exist, each as a resolved text or an
// error, in the order of their logical ids.
func (s *Stack) Outputs(visit func(id, value string, err error)) {
	for _, id := range slices.Sorted(maps.Keys(s.template.Outputs)) {
		if exists, err := s.condition(s.template.Outputs[id].Condition); err != nil || exists {
			value, err := s.output(id)
			visit(id, value, err)
		}
	}
}

func (s *Stack) output(id string) (string, error) {
	o, ok := s.template.Outputs[id]
	exists, err := s.condition(o.Condition)
	if err != nil {
		return "", err
	}
	if !ok || !exists {
		return "", fmt.Errorf("there is no output %q", id)
	}
	return s.text(o.Value)
}
