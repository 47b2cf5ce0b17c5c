package assembly

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/coldcrank/coldcrank/lambda/local/internal/template"
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

// refused are properties that an OS-only runtime can have, and with which the
// cold start here would be none of Lambda's. (SnapStart and durable functions
// need a managed runtime, which is refused as a whole.)
var refused = []struct{ property, reason string }{
	{"CapacityProviderConfig", "a function on managed instances has no cold start"},
	{"FileSystemConfigs", "its file system is on AWS only"},
}

// addFunction adds an AWS::Lambda::Function, or refuses it by its name.
func (l *loader) addFunction(s *scope, r *template.Resource) error {
	name, err := s.Ref(r)
	if err != nil {
		return err
	}
	f, err := l.readFunction(s, r, name)
	if err != nil {
		s.into.Refused[name] = plain(err.Error())
		return err
	}
	if l.functions[f.ARN] != nil {
		return fmt.Errorf("FunctionName: there is another function %q", name)
	}
	f.Environment = s.environment(r)
	l.functions[f.ARN] = f
	s.into.Functions = append(s.into.Functions, f)
	return nil
}

// readFunction reads an AWS::Lambda::Function ("AWS::Lambda::Function",
// CloudFormation template reference, for the defaults and ranges), without its
// environment.
func (l *loader) readFunction(s *scope, r *template.Resource, name string) (*Function, error) {
	p := s.Properties(r)
	for _, c := range refused {
		if p.Value(c.property) != nil {
			p.Fail(c.property, errors.New(c.reason))
		}
	}
	switch {
	case p.Value("Code.ImageUri") != nil:
		return nil, errors.New("property Code: a container image is not run here: give the program as a zip with bootstrap at its top, for an OS-only runtime (provided.al2023)")
	case p.Value("Code.ZipFile") != nil:
		return nil, errors.New("property Code: inline source needs a managed runtime, which is not run here: give a program with bootstrap at its top, for an OS-only runtime (provided.al2023)")
	}
	f := &Function{
		LogicalID:    r.ID,
		Name:         name,
		Description:  p.Text("Description", ""),
		Runtime:      p.Text("Runtime", ""),
		Handler:      p.Text("Handler", ""),
		Architecture: "x86_64",
		MemoryMB:     int(p.Number("MemorySize", 128, 128, 10240)),
		Timeout:      time.Duration(p.Number("Timeout", 3, 1, 900)) * time.Second,
		EphemeralMB:  int(p.Number("EphemeralStorage.Size", 512, 512, 10240)),
		Tracing:      p.OneOf("TracingConfig.Mode", "PassThrough", "Active", "PassThrough"),
		LogFormat:    p.OneOf("LoggingConfig.LogFormat", "Text", "JSON", "Text"),
	}
	for _, a := range p.Texts("Architectures") {
		f.Architecture = a
	}
	if f.Architecture != "x86_64" && f.Architecture != "arm64" {
		p.Fail("Architectures", errors.New("neither x86_64 nor arm64"))
	}
	if f.LogFormat == "JSON" {
		f.SystemLogLevel = p.OneOf("LoggingConfig.SystemLogLevel", "INFO", "DEBUG", "INFO", "WARN")
		f.ApplicationLogLevel = p.OneOf("LoggingConfig.ApplicationLogLevel", "INFO", "TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")
	}
	if p.Value("ReservedConcurrentExecutions") != nil {
		f.ReservedConcurrency = new(int(p.Number("ReservedConcurrentExecutions", 0, 0, 1<<30)))
	}
	for _, arn := range p.Texts("Layers") {
		// A function without one of its layers would start faster than the real one.
		dir, err := l.layer(arn)
		if err != nil {
			p.Fail("Layers", err)
		}
		f.LayerDirs = append(f.LayerDirs, dir)
	}
	if !isFunctionName.MatchString(f.Name) {
		p.Fail("FunctionName", fmt.Errorf("%q is no name of a function", f.Name))
	}
	f.LogGroup = p.Text("LoggingConfig.LogGroup", "/aws/lambda/"+f.Name)
	if !isLogGroup.MatchString(f.LogGroup) {
		p.Fail("LoggingConfig.LogGroup", fmt.Errorf("%q is no name of a log group", f.LogGroup))
	}
	if p.Err != nil {
		return nil, p.Err
	}
	if err := s.addCode(f, r); err != nil {
		return nil, err
	}
	var err error
	if f.ARN, err = s.Attribute(r, "Arn"); err != nil {
		return nil, err
	}
	return f, nil
}

// environment has the variables that can be resolved; the others are left out,
// each with a warning, since most functions start without them.
func (s *scope) environment(r *template.Resource) map[string]string {
	variables := map[string]string{}
	p := s.Properties(r)
	p.Members("Environment.Variables", func(name, value string, err error) {
		switch {
		case err != nil:
		case strings.Contains(value, apiHost):
			// Its id is made up here: on AWS it could be somebody else's API.
			err = errors.New("an API's endpoint is not known before it is served")
		case !isVariable.MatchString(name):
			err = errors.New("is no name that Lambda takes")
		case strings.ContainsRune(value, 0):
			err = errors.New("its value has a zero byte")
		default:
			variables[name] = value
			return
		}
		s.warnOf(r, fmt.Errorf("Environment.Variables.%s: left out: %w", name, err))
	})
	if p.Err != nil {
		s.warnOf(r, fmt.Errorf("left out: %w", p.Err))
	}
	return variables
}

// function finds what a property or URI names: one that runs here, and the
// qualifier behind it.
func (l *loader) function(s *scope, name string) (f *Function, qualifier string, err error) {
	arn, qualifier, err := s.Place.FunctionARN(name)
	if err != nil {
		return nil, "", err
	}
	if f = l.functions[arn]; f == nil {
		return nil, "", fmt.Errorf("%s is not run here", arn)
	}
	return f, qualifier, nil
}

func (f *Function) hasVersion(number string) bool {
	return slices.ContainsFunc(f.Versions, func(v *Version) bool { return v.Number == number })
}

func (f *Function) hasAlias(name string) bool {
	return slices.ContainsFunc(f.Aliases, func(a *Alias) bool { return a.Name == name })
}

func (l *loader) addVersion(s *scope, r *template.Resource) error {
	f, _, err := l.function(s, s.Properties(r).Text("FunctionName", ""))
	if err != nil {
		return fmt.Errorf("FunctionName: %w", err)
	}
	v := &Version{LogicalID: r.ID}
	if v.Number, err = s.Attribute(r, "Version"); err != nil {
		return err
	}
	if f.hasVersion(v.Number) {
		return fmt.Errorf("another stack publishes a version of %s, too", f.Name)
	}
	f.Versions = append(f.Versions, v)
	return nil
}

func (l *loader) addAlias(s *scope, r *template.Resource) error {
	p := s.Properties(r)
	f, _, err := l.function(s, p.Text("FunctionName", ""))
	if err != nil {
		return fmt.Errorf("FunctionName: %w", err)
	}
	a := &Alias{
		LogicalID:              r.ID,
		Name:                   p.Text("Name", ""),
		Version:                p.Text("FunctionVersion", ""),
		Description:            p.Text("Description", ""),
		ProvisionedConcurrency: int(p.Number("ProvisionedConcurrencyConfig.ProvisionedConcurrentExecutions", 0, 0, 1<<30)),
	}
	for _, w := range p.Objects("RoutingConfig.AdditionalVersionWeights") {
		version, share := w.Text("FunctionVersion", ""), w.Number("FunctionWeight", 0, 0, 1)
		if !f.hasVersion(version) {
			w.Fail("FunctionVersion", fmt.Errorf("%s has no version %q", f.Name, version))
		}
		if w.Err != nil {
			p.Fail("RoutingConfig", w.Err)
		}
		if a.Weights == nil {
			a.Weights = map[string]float64{}
		}
		a.Weights[version] = share
	}
	switch {
	case p.Err != nil:
		return p.Err
	case !isAliasName.MatchString(a.Name) || isNumber.MatchString(a.Name):
		return fmt.Errorf("property Name: %q is no name of an alias", a.Name)
	case a.Version != "$LATEST" && !f.hasVersion(a.Version):
		return fmt.Errorf("FunctionVersion: %s has no version %q", f.Name, a.Version)
	case f.hasAlias(a.Name):
		return fmt.Errorf("property Name: %s has another alias %q", f.Name, a.Name)
	}
	f.Aliases = append(f.Aliases, a)
	return nil
}

func addLogGroup(s *scope, r *template.Resource) error {
	name, err := s.Ref(r)
	if err != nil {
		return err
	}
	if !isLogGroup.MatchString(name) {
		return fmt.Errorf("LogGroupName: %q is no name of a log group", name)
	}
	if !slices.Contains(s.into.LogGroups, name) {
		s.into.LogGroups = append(s.into.LogGroups, name)
	}
	return nil
}
