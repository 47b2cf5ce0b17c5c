package assembly

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

var (
	isAccount = regexp.MustCompile(`^[0-9]{12}$`)
	isRegion  = regexp.MustCompile(`^[a-z]{2,}(-[a-z]+)+-[0-9]$`)
	isStack   = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9-]{0,127}$`) // "CreateStack", CloudFormation API Reference
)

// stack reads a top-level stack's template and those nested in it.
func (l *loader) stack(d *directory, name, templateFile, environment string, given map[string]any) error {
	if !isStack.MatchString(name) {
		return fmt.Errorf("%q is no name of a stack", name)
	}
	// aws://account/region; "unknown-account" and "unknown-region" where the app leaves them open.
	account, region, _ := strings.Cut(strings.TrimPrefix(environment, "aws://"), "/")
	if !isAccount.MatchString(account) {
		account = "000000000000"
	}
	if !isRegion.MatchString(region) {
		region = "us-east-1"
	}
	st := &Stack{Name: name, Account: account, Region: region, outputs: map[string]string{}}
	file, err := d.join(templateFile)
	if err != nil {
		return err
	}
	tmpl, err := l.template(file)
	if err != nil {
		return err
	}
	s := &scope{
		partition: newPartition(account, region), name: name, stack: st, dir: d, tmpl: tmpl,
		loader: l, effort: l.effort, given: given, known: map[string]*answer{}, nested: map[string]*scope{},
	}
	// The manifest gives parameters as text, which resolves to itself.
	s.parent = s
	l.assembly.Stacks = append(l.assembly.Stacks, st)
	l.nest(s, new(int))
	return nil
}

func (l *loader) template(file string) (*template, error) {
	if t := l.templates[file]; t != nil {
		return t, nil
	}
	data, err := l.files.read(file)
	if err != nil {
		return nil, err
	}
	t, err := parseTemplate(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	l.templates[file] = t
	return t, nil
}

// nest adds s and the nested stacks in it; count is those of the whole stack.
func (l *loader) nest(s *scope, count *int) {
	l.scopes = append(l.scopes, s)
	if s.tmpl.Transform != nil {
		s.warn("Transform", errors.New("macros run on AWS only"))
	}
	for _, id := range s.tmpl.Resources.order {
		if s.tmpl.Resources.byID[id].Type != "AWS::CloudFormation::Stack" {
			continue
		}
		r := s.tmpl.Resources.byID[id]
		gone, err := s.leftOut(r)
		if gone {
			continue
		}
		var n *scope
		if *count++; err == nil && *count > maxNested {
			err = fmt.Errorf("more than %d nested stacks", maxNested)
		}
		if err == nil {
			n, err = l.nestedScope(s, id, r)
		}
		if err != nil {
			s.warn(id, fmt.Errorf("nested stack left out: %w", err))
			continue
		}
		s.nested[id] = n
		l.nest(n, count)
	}
}

func (l *loader) nestedScope(s *scope, id string, r *resource) (*scope, error) {
	file, err := s.asset(r, "TemplateURL", "TemplateURL")
	if err != nil {
		return nil, err
	}
	tmpl, err := l.template(file)
	if err != nil {
		return nil, err
	}
	given, err := s.object(r.Properties["Parameters"])
	if err != nil {
		return nil, fmt.Errorf("property Parameters: %w", err)
	}
	return &scope{
		partition: s.partition, name: s.madeName(id, r.Type), path: s.path + id + "/", stack: s.stack, dir: s.dir, tmpl: tmpl,
		loader: l, effort: l.effort, parent: s, given: given, known: map[string]*answer{}, nested: map[string]*scope{},
	}, nil
}
