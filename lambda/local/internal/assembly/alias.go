package assembly

import (
	"fmt"
	"slices"
	"strconv"
)

func (l *loader) addVersion(s *scope, id string, r *resource) error {
	if r.Type != "AWS::Lambda::Version" {
		return nil
	}
	if gone, err := s.leftOut(r); gone || err != nil {
		return err
	}
	f, err := l.function(s, r)
	if err != nil {
		return err
	}
	n, err := s.versionNumber(id)
	if err != nil {
		return err
	}
	v := &Version{LogicalID: id, Number: strconv.Itoa(n)}
	if f.hasVersion(v.Number) {
		return fmt.Errorf("another stack publishes a version of %s, too", f.Name)
	}
	f.Versions = append(f.Versions, v)
	return nil
}

func (f *Function) hasVersion(number string) bool {
	return slices.ContainsFunc(f.Versions, func(v *Version) bool { return v.Number == number })
}

func (l *loader) addAlias(s *scope, id string, r *resource) error {
	if r.Type != "AWS::Lambda::Alias" {
		return nil
	}
	if gone, err := s.leftOut(r); gone || err != nil {
		return err
	}
	f, err := l.function(s, r)
	if err != nil {
		return err
	}
	p := &properties{s: s, r: r}
	a := &Alias{
		LogicalID:   id,
		Name:        p.text("", "Name"),
		Version:     p.text("", "FunctionVersion"),
		Description: p.text("", "Description"),
		ProvisionedConcurrency: p.integer(0, 1<<30, 0,
			"ProvisionedConcurrencyConfig", "ProvisionedConcurrentExecutions"),
	}
	for _, w := range p.list("RoutingConfig", "AdditionalVersionWeights") {
		version, share, err := s.weight(w)
		if err == nil && !f.hasVersion(version) {
			err = fmt.Errorf("%s has no version %q", f.Name, version)
		}
		if err != nil {
			return fmt.Errorf("RoutingConfig: %w", err)
		}
		if a.Weights == nil {
			a.Weights = map[string]float64{}
		}
		a.Weights[version] = share
	}
	switch {
	case p.err != nil:
		return p.err
	case !isAliasName.MatchString(a.Name) || isNumber.MatchString(a.Name):
		return fmt.Errorf("property Name: %q is no name of an alias", a.Name)
	case a.Version != "$LATEST" && !f.hasVersion(a.Version):
		return fmt.Errorf("FunctionVersion: %s has no version %q", f.Name, a.Version)
	case slices.ContainsFunc(f.Aliases, func(other *Alias) bool { return other.Name == a.Name }):
		return fmt.Errorf("property Name: %s has another alias %q", f.Name, a.Name)
	}
	f.Aliases = append(f.Aliases, a)
	return nil
}

// weight reads one of an alias's AdditionalVersionWeights.
func (s *scope) weight(v any) (version string, share float64, err error) {
	w, _ := v.(map[string]any)
	if version, err = s.text(w["FunctionVersion"]); err != nil {
		return "", 0, err
	}
	t, err := s.text(w["FunctionWeight"])
	if err != nil {
		return "", 0, err
	}
	share, err = strconv.ParseFloat(t, 64)
	if err == nil && !(share >= 0 && share <= 1) {
		err = fmt.Errorf("weight %s is not between 0 and 1", t)
	}
	return version, share, err
}
