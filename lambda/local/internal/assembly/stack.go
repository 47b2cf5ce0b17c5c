package assembly

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/coldcrank/coldcrank/lambda/local/internal/physical"
	"github.com/coldcrank/coldcrank/lambda/local/internal/template"
)

var (
	isAccount = regexp.MustCompile(`^[0-9]{12}$`)
	isRegion  = regexp.MustCompile(`^[a-z]{2,}(-[a-z]+)+-[0-9]$`)
	isStack   = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9-]{0,127}$`) // "CreateStack", CloudFormation API Reference
)

// scope is a template that is deployed as a stack, or as a nested one.
type scope struct {
	*template.Stack
	into *Stack // whose part it is: results and warnings go there
	path string // logical ids of the nested stacks that lead here, each with a slash
	dir  *directory
}

// each calls step with every resource of the types that exists, in the
// template's order; an error of step leaves the resource out, with a warning.
func (s *scope) each(step func(*scope, *template.Resource) error, types ...string) {
	for r, err := range s.Resources(types...) {
		if err == nil {
			err = step(s, r)
		}
		if err != nil {
			s.warnOf(r, err)
		}
	}
}

func (s *scope) warnOf(r *template.Resource, err error) { s.warn(r.ID+" ("+r.Type+")", err) }

// stack reads a top-level stack's template and those nested in it.
func (l *loader) stack(d *directory, id string, a artifact) error {
	// aws://account/region; "unknown-account" and "unknown-region" where the app leaves them open.
	account, region, _ := strings.Cut(strings.TrimPrefix(a.Environment, "aws://"), "/")
	if !isAccount.MatchString(account) {
		account = "000000000000"
	}
	if !isRegion.MatchString(region) {
		region = "us-east-1"
	}
	name := a.Properties.StackName
	if name == "" {
		name = id
	}
	if !isStack.MatchString(name) {
		return fmt.Errorf("%q is no name of a stack", name)
	}
	file, err := d.join(a.Properties.TemplateFile)
	if err != nil {
		return err
	}
	t, err := l.template(file)
	if err != nil {
		return err
	}
	st := &Stack{Name: name, Account: account, Region: region, Refused: map[string]string{}, outputs: map[string]string{}}
	l.assembly.Stacks = append(l.assembly.Stacks, st)
	at := physical.Place{Account: account, Region: region, Stack: name}
	l.add(&scope{Stack: l.set.Add(t, at, a.Properties.Parameters), into: st, dir: d}, t, new(int))
	return nil
}

func (l *loader) template(file string) (*template.Template, error) {
	if t := l.templates[file]; t != nil {
		return t, nil
	}
	data, err := read(l.root, file)
	if err != nil {
		return nil, err
	}
	t, err := template.Parse(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	l.templates[file] = t
	return t, nil
}

// add adds s and the nested stacks in it; nested counts those of the whole stack.
func (l *loader) add(s *scope, t *template.Template, nested *int) {
	l.scopes = append(l.scopes, s)
	if t.HasMacros() {
		s.warn("Transform", errors.New("macros run on AWS only"))
	}
	s.each(func(s *scope, r *template.Resource) error {
		if err := l.nest(s, r, nested); err != nil {
			return fmt.Errorf("nested stack left out: %w", err)
		}
		return nil
	}, "AWS::CloudFormation::Stack")
}

func (l *loader) nest(s *scope, r *template.Resource, nested *int) error {
	if *nested++; *nested > maxNested {
		return fmt.Errorf("more than %d nested stacks", maxNested)
	}
	file, _, err := s.asset(r, "TemplateURL")
	if err != nil {
		return err
	}
	t, err := l.template(file)
	if err != nil {
		return err
	}
	n, err := s.Nest(r, t)
	if err != nil {
		return err
	}
	l.add(&scope{Stack: n, into: s.into, path: s.path + r.ID + "/", dir: s.dir}, t, nested)
	return nil
}

// apiHost is in every endpoint that AWS gives an API.
const apiHost = ".execute-api."

// addOutputs adds the outputs of a stack; a nested stack's are not in the file.
func addOutputs(s *scope) {
	if s.path != "" {
		return
	}
	served := s.into.local(func(*API) string { return "" })
	s.Outputs(func(id, value string, err error) {
		if err == nil && strings.Contains(served.Replace(value), apiHost) {
			// Its id is made up here: on AWS it could be somebody else's API.
			err = errors.New("names an API that is not served here")
		}
		if err != nil {
			s.warn("output "+id, err)
			return
		}
		s.into.outputs[id] = value
	})
}
