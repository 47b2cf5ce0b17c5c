package assembly

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The patterns of "CreateFunction", "CreateAlias" (Lambda API Reference) and
// "CreateLogGroup" (CloudWatch Logs API Reference). A name that AWS would
// refuse is refused here, before it gets into paths and log streams.
var (
	isFunctionName = regexp.MustCompile(`^[a-zA-Z0-9_-]{1,64}$`)
	isAliasName    = regexp.MustCompile(`^[a-zA-Z0-9_-]{1,128}$`)
	isNumber       = regexp.MustCompile(`^[0-9]+$`)
	isLogGroup     = regexp.MustCompile(`^[.\-_/#A-Za-z0-9]{1,512}$`)
	isVariable     = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9_]+$`)
)

// refused are properties that make a function something else than what the
// local executor runs, and whose cold start is not one of Lambda's on-demand
// environments.
var refused = map[string]string{
	"CapacityProviderConfig": "a function on managed instances has no cold start",
	"DurableConfig":          "a durable function is not run here",
	"FileSystemConfigs":      "its file system is on AWS only",
	"SnapStart":              "SnapStart is not done here",
}

// addFunction reads an AWS::Lambda::Function ("AWS::Lambda::Function",
// CloudFormation template reference, for the defaults and ranges).
func (l *loader) addFunction(s *scope, id string, r *resource) error {
	if r.Type != "AWS::Lambda::Function" {
		return nil
	}
	if gone, err := s.leftOut(r); gone || err != nil {
		return err
	}
	p := &properties{s: s, r: r}
	for _, name := range sortedKeys(refused) {
		v := p.value(name)
		if name == "SnapStart" && p.text("None", name, "ApplyOn") == "None" {
			v = nil
		}
		if v != nil {
			return fmt.Errorf("%s: %s", name, refused[name])
		}
	}
	switch {
	case p.text("Zip", "PackageType") != "Zip", p.value("Code", "ImageUri") != nil:
		return errors.New("Code: a container image is not run here")
	case p.value("Code", "ZipFile") != nil:
		return errors.New("Code: inline source needs a managed runtime, which is not run here")
	}
	f := &Function{
		LogicalID:    id,
		Description:  p.text("", "Description"),
		Runtime:      p.text("", "Runtime"),
		Handler:      p.text("", "Handler"),
		Architecture: "x86_64",
		MemoryMB:     p.integer(128, 10240, 128, "MemorySize"),
		Timeout:      time.Duration(p.integer(1, 900, 3, "Timeout")) * time.Second,
		EphemeralMB:  p.integer(512, 10240, 512, "EphemeralStorage", "Size"),
		Tracing:      p.oneOf([]string{"Active", "PassThrough"}, "PassThrough", "TracingConfig", "Mode"),
		LogFormat:    p.oneOf([]string{"JSON", "Text"}, "Text", "LoggingConfig", "LogFormat"),
	}
	for _, a := range p.list("Architectures") {
		f.Architecture, _ = a.(string)
	}
	if f.Architecture != "x86_64" && f.Architecture != "arm64" {
		p.fail([]string{"Architectures"}, errors.New("neither x86_64 nor arm64"))
	}
	if f.LogFormat == "JSON" {
		f.SystemLogLevel = p.oneOf([]string{"DEBUG", "INFO", "WARN"}, "INFO", "LoggingConfig", "SystemLogLevel")
		f.ApplicationLogLevel = p.oneOf([]string{"TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"}, "INFO", "LoggingConfig", "ApplicationLogLevel")
	}
	if p.value("ReservedConcurrentExecutions") != nil {
		n := p.integer(0, 1<<30, 0, "ReservedConcurrentExecutions")
		f.ReservedConcurrency = &n
	}
	var err error
	if f.Name, err = s.physicalName(id, r); err != nil {
		return err
	}
	if !isFunctionName.MatchString(f.Name) {
		return fmt.Errorf("FunctionName: %q is no name of a function", f.Name)
	}
	f.ARN = s.functionARN(f.Name)
	f.LogGroup = p.text("/aws/lambda/"+f.Name, "LoggingConfig", "LogGroup")
	if p.err == nil && !isLogGroup.MatchString(f.LogGroup) {
		p.fail([]string{"LoggingConfig", "LogGroup"}, fmt.Errorf("%q is no name of a log group", f.LogGroup))
	}
	f.LayerDirs = l.layers(p)
	if p.err != nil {
		return p.err
	}
	code, zip, err := s.code(r, "Code")
	if err != nil {
		return err
	}
	if zip {
		f.CodeZip = code
	} else {
		f.CodeDir, f.ShippedDir = code, code
	}
	if l.functions[f.ARN] != nil {
		return fmt.Errorf("FunctionName: there is another function %q", f.Name)
	}
	f.Environment = s.environment(id, r)
	l.functions[f.ARN] = f
	s.stack.Functions = append(s.stack.Functions, f)
	return nil
}

// leftOut reports that the resource's condition does not hold.
func (s *scope) leftOut(r *resource) (bool, error) {
	if r.Condition == "" {
		return false, nil
	}
	yes, err := s.condition(r.Condition)
	return !yes, err
}

// environment has the variables that can be resolved; the others are left out,
// each with a warning, since most functions start without them.
func (s *scope) environment(id string, r *resource) map[string]string {
	variables := map[string]string{}
	var at any = r.Properties["Environment"]
	for _, key := range []string{"", "Variables"} {
		object, ok := at.(map[string]any)
		if ok && key != "" {
			at = object[key]
			object, ok = at.(map[string]any)
		}
		if _, _, is := intrinsic(object); ok && is {
			value, err := s.eval(object)
			if err != nil {
				s.warn(id, fmt.Errorf("Environment: left out: %w", err))
				return variables
			}
			at = value
		}
	}
	expressions, _ := at.(map[string]any)
	for _, name := range sortedKeys(expressions) {
		value, err := s.eval(expressions[name])
		if err == nil && (value == nil || value == noValue{}) {
			continue
		}
		var t string
		if err == nil {
			t, err = s.text(value)
		}
		switch {
		case err != nil:
		case !isVariable.MatchString(name):
			err = errors.New("is no name that Lambda takes")
		case strings.ContainsRune(t, 0):
			err = errors.New("its value has a zero byte")
		default:
			variables[name] = t
			continue
		}
		s.warn(id, fmt.Errorf("Environment.Variables.%s: left out: %w", name, err))
	}
	return variables
}

// layers are the folders of a function's layers. A function without one of its
// layers would start faster than the real one: it is left out.
func (l *loader) layers(p *properties) []string {
	var dirs []string
	for _, layer := range p.list("Layers") {
		arn, _ := layer.(string)
		dir, err := l.layer(p.s, arn)
		if err != nil {
			p.fail([]string{"Layers"}, err)
			return nil
		}
		dirs = append(dirs, dir)
	}
	return dirs
}

func (l *loader) layer(from *scope, arn string) (string, error) {
	for _, s := range l.scopes {
		for _, id := range s.tmpl.Resources.order {
			r := s.tmpl.Resources.byID[id]
			if r.Type != "AWS::Lambda::LayerVersion" {
				continue
			}
			from.effort.steps++
			if ref, err := s.ref(id); err != nil || ref != arn {
				continue
			}
			dir, _, err := s.code(r, "Content")
			return dir, err
		}
	}
	return "", fmt.Errorf("%q is not in this assembly", arn)
}

// function is the one that a resource's FunctionName names.
func (l *loader) function(s *scope, r *resource) (*Function, error) {
	name, err := s.requiredText(r, "FunctionName")
	if err != nil {
		return nil, err
	}
	arn, _, err := s.parseFunction(name)
	if err != nil {
		return nil, err
	}
	f := l.functions[arn]
	if f == nil {
		return nil, fmt.Errorf("FunctionName: %s is not run here", arn)
	}
	return f, nil
}

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
		weight := properties{s: s, r: &resource{Properties: map[string]any{"Weight": w}}}
		version := weight.text("", "Weight", "FunctionVersion")
		share := weight.number("Weight", "FunctionWeight")
		if weight.err == nil && (!f.hasVersion(version) || share > 1) {
			weight.err = fmt.Errorf("%v for version %q", share, version)
		}
		if weight.err != nil {
			p.fail([]string{"RoutingConfig"}, weight.err)
			break
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
		return fmt.Errorf("Name: %q is no name of an alias", a.Name)
	case a.Version != "$LATEST" && !f.hasVersion(a.Version):
		return fmt.Errorf("FunctionVersion: %s has no version %q", f.Name, a.Version)
	case slices.ContainsFunc(f.Aliases, func(other *Alias) bool { return other.Name == a.Name }):
		return fmt.Errorf("Name: %s has another alias %q", f.Name, a.Name)
	}
	f.Aliases = append(f.Aliases, a)
	return nil
}

func (l *loader) addLogGroup(s *scope, id string, r *resource) error {
	if r.Type != "AWS::Logs::LogGroup" {
		return nil
	}
	if gone, err := s.leftOut(r); gone || err != nil {
		return err
	}
	name, err := s.physicalName(id, r)
	if err != nil {
		return err
	}
	if !isLogGroup.MatchString(name) {
		return fmt.Errorf("LogGroupName: %q is no name of a log group", name)
	}
	if !slices.Contains(s.stack.LogGroups, name) {
		s.stack.LogGroups = append(s.stack.LogGroups, name)
	}
	return nil
}
