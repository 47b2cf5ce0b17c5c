package function

import (
	"maps"
	mathrand "math/rand/v2"
	"slices"
	"strconv"
	"time"

	"github.com/coldcrank/coldcrank/lambda/local/internal/sandbox"
	"github.com/coldcrank/coldcrank/lambda/local/internal/uuid"
)

// route chooses a version by the alias's weights.
func (a *Alias) route() string {
	at := mathrand.Float64()
	for _, v := range slices.Sorted(maps.Keys(a.Weights)) {
		if at < a.Weights[v] {
			return v
		}
		at -= a.Weights[v]
	}
	return a.FunctionVersion
}

// names says whether the alias sends requests to a version.
func (a *Alias) names(number string) bool {
	_, weighted := a.Weights[number]
	return weighted || a.FunctionVersion == number
}

// Alias returns an alias. Errors: ResourceNotFoundException.
func (f *Function) Alias(name string) (Alias, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	a, err := f.alias(name)
	if err != nil {
		return Alias{}, err
	}
	return f.shown(a), nil
}

// shown is what an alias answers: while it moves, weights of its own.
func (f *Function) shown(a *Alias) Alias {
	now := *a
	if now.left != "" && now.left != now.FunctionVersion && time.Since(now.moved) < f.host.AliasWeights {
		now.Weights = map[string]float64{now.left: 0.5}
	}
	return now
}

// lead is the version that a request to the alias reaches.
func (f *Function) lead(a *Alias) string {
	if a.left != "" && time.Since(a.moved) < f.host.AliasLag {
		return a.left
	}
	return a.route()
}

func (f *Function) alias(name string) (*Alias, error) {
	if a := f.aliases[name]; a != nil {
		return a, nil
	}
	return nil, &Error{Code: "ResourceNotFoundException", Message: "Cannot find alias arn: " + f.qualified(name)}
}

// UpdateAlias changes an alias. A version that no alias names afterwards is
// left: its idle environments are gone when UpdateAlias returns, so that they
// do not disturb what is measured next, and busy ones go when their request is
// done. Environments that the alias keeps provisioned go as well, and those of
// the version that it leads to now begin to initialize.
// Errors: ResourceNotFoundException, PreconditionFailedException,
// InvalidParameterValueException for weights that AWS refuses.
// https://docs.aws.amazon.com/lambda/latest/api/API_UpdateAlias.html
func (f *Function) UpdateAlias(name string, c AliasChange, revisionID string) (Alias, error) {
	next, idle, err := f.updateAlias(name, c, revisionID)
	f.discard(idle)
	return next, err
}

func (f *Function) updateAlias(name string, c AliasChange, revisionID string) (Alias, []*sandbox.Environment, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	a, err := f.alias(name)
	if err != nil {
		return Alias{}, nil, err
	}
	next := *a
	if c.Version != nil {
		next.FunctionVersion = *c.Version
	}
	if c.Description != nil {
		next.Description = *c.Description
	}
	if c.Weights != nil {
		next.Weights = maps.Clone(c.Weights)
	}
	if err := f.valid(a, next, revisionID); err != nil {
		return Alias{}, nil, err
	}
	next.RevisionID, next.moved, next.left = uuid.New(), time.Now(), a.FunctionVersion
	f.aliases[name] = &next
	var idle []*sandbox.Environment
	if next.FunctionVersion != a.FunctionVersion {
		idle = f.unprovision(name)
		f.provision(&next)
	}
	if lag := f.host.AliasLag; lag > 0 {
		time.AfterFunc(lag, func() { f.discard(f.leaveLate(a)) })
		return f.shown(&next), idle, nil
	}
	return f.shown(&next), append(idle, f.leave(a)...), nil
}

func (f *Function) leaveLate(old *Alias) []*sandbox.Environment {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.leave(old)
}

func (f *Function) valid(old *Alias, next Alias, revisionID string) error {
	if err := current(revisionID, old.RevisionID); err != nil {
		return err
	}
	if v, err := f.find(next.FunctionVersion); err != nil {
		return err
	} else if v == f.latest && f.asked(next.Name) > 0 {
		return errUnpublished
	}
	sum := 0.0
	for number, weight := range next.Weights {
		if v, err := f.find(number); err != nil {
			return err
		} else if v == f.latest || number == next.FunctionVersion || next.FunctionVersion == latest {
			return invalid("weights need two published versions: %s and %s", next.FunctionVersion, number)
		}
		if weight < 0 || weight > 1 {
			return invalid("weight %g of version %s is not between 0 and 1", weight, number)
		}
		sum += weight
	}
	if sum > 1 {
		return invalid("weights add up to %g", sum)
	}
	return nil
}

// leave retires the versions that an alias named, as far as none does now. It
// returns their idle environments; f.mu is held.
func (f *Function) leave(old *Alias) []*sandbox.Environment {
	var idle []*sandbox.Environment
	for number, v := range f.published {
		name := strconv.Itoa(number)
		named := false
		for _, a := range f.aliases {
			named = named || a.names(name)
		}
		switch {
		case named:
			v.retired = false
		case old.names(name):
			idle = append(idle, v.retire()...)
		}
	}
	return idle
}
