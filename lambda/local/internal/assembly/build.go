package assembly

import (
	"errors"
	"strings"
	"unicode"
)

// build turns the templates into the model. Functions of all stacks come
// first, since a stack may use another's.
func (l *loader) build() {
	for _, step := range []func(*scope, string, *resource) error{l.addFunction, l.addVersion, l.addAlias, l.addLogGroup} {
		for _, s := range l.scopes {
			s.each(step)
		}
	}
	for _, s := range l.scopes {
		l.addAPIs(s)
	}
	for _, s := range l.scopes {
		if s.parent == s {
			s.resolveOutputs()
		}
	}
}

// each calls step with every resource that exists, in the template's order; an
// error of step leaves the resource out, with a warning.
func (s *scope) each(step func(*scope, string, *resource) error) {
	for _, id := range s.tmpl.Resources.order {
		if s.effort.steps++; s.effort.steps > maxSteps {
			s.warn(id, errSteps) // and all that follow, without a line for each
			return
		}
		if err := step(s, id, s.tmpl.Resources.byID[id]); err != nil {
			s.warn(id, err)
		}
	}
}

func (s *scope) resolveOutputs() {
	for _, id := range sortedKeys(s.tmpl.Outputs) {
		value, err := s.output(id)
		if errors.Is(err, errNoOutput) {
			continue
		}
		if err == nil && strings.Contains(s.stack.local(func(*API) string { return "" }).Replace(value), apiHost) {
			// Its id is made up here: on AWS it could be somebody else's API.
			err = errors.New("names an API that is not served here")
		}
		if err != nil {
			s.warn("output "+id, err)
			continue
		}
		s.stack.outputs[id] = value
	}
}

var errNoOutput = errors.New("no such output")

// output is the value of an output; errNoOutput where a condition leaves it out.
func (s *scope) output(id string) (string, error) {
	o, ok := s.tmpl.Outputs[id]
	if !ok {
		return "", errNoOutput
	}
	if o.Condition != "" {
		yes, err := s.condition(o.Condition)
		if err != nil {
			return "", err
		}
		if !yes {
			return "", errNoOutput
		}
	}
	return s.text(o.Value)
}

// A warning is cut in its middle: where it is stands first, the reason last.
const (
	warningHead = 700 // bytes
	warningTail = 300
)

// warn notes what of a resource, output or parameter is left out. Names and
// values come from the template: nothing in them reaches a terminal as a control.
func (s *scope) warn(id string, err error) {
	where := s.path + id
	if r := s.tmpl.Resources.byID[id]; r != nil {
		where += " (" + r.Type + ")"
	}
	line := where + ": " + err.Error()
	if len(line) > warningHead+warningTail {
		line = line[:warningHead] + " … " + line[len(line)-warningTail:]
	}
	line = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return unicode.ReplacementChar
		}
		return r
	}, line)
	s.stack.Warnings = append(s.stack.Warnings, line)
}
