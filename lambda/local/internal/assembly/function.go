package assembly

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
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
		return errors.New("property Code: a container image is not run here")
	case p.value("Code", "ZipFile") != nil:
		return errors.New("property Code: inline source needs a managed runtime, which is not run here")
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
		f.CodeDir, f.ShippedDir = code, s.shipped(code)
	}
	if l.functions[f.ARN] != nil {
		return fmt.Errorf("FunctionName: there is another function %q", f.Name)
	}
	f.Environment = s.environment(id, r)
	l.functions[f.ARN] = f
	s.stack.Functions = append(s.stack.Functions, f)
	return nil
}

// leftOut reports that the resource's condition does not let it exist.
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
	environment, err := s.object(r.Properties["Environment"])
	var expressions map[string]any
	if err == nil {
		expressions, err = s.object(environment["Variables"])
	}
	if err != nil {
		s.warn(id, fmt.Errorf("property Environment: left out: %w", err))
	}
	for _, name := range sortedKeys(expressions) {
		value, err := s.eval(expressions[name])
		if _, none := value.(noValue); err == nil && none {
			continue
		}
		var t string
		if err == nil {
			t, err = s.text(value)
		}
		switch {
		case err != nil:
		case strings.Contains(t, apiHost):
			// Its id is made up here: on AWS it could be somebody else's API.
			err = errors.New("an API's endpoint is not known before it is served")
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
		dir, err := l.layer(arn)
		if err != nil {
			p.fail([]string{"Layers"}, err)
			return nil
		}
		dirs = append(dirs, dir)
	}
	return dirs
}

func (l *loader) layer(arn string) (string, error) {
	for _, s := range l.scopes {
		for _, id := range s.tmpl.Resources.order {
			r := s.tmpl.Resources.byID[id]
			if l.effort.steps++; r.Type != "AWS::Lambda::LayerVersion" {
				continue
			}
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
