package benchapi

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"

	"github.com/coldcrank/coldcrank/infra/outputs"
)

// Auth says who may send requests to the route.
type Auth string

const (
	AuthIAM  Auth = outputs.AuthIAM  // whoever may execute-api:Invoke the route; the command signs its requests
	AuthNone Auth = outputs.AuthNone // everybody who knows the URL
)

// Props says what is measured and how it is reached. The zero value is this
// module's health function behind GET /health.
//
// What is measured comes from exactly one source: Entry, Code or Function.
type Props struct {
	// Entry is a main package in Go that is built for provided.al2023: a path
	// relative to the app's directory ("./cmd/orders"), or an import path, which
	// is built with the versions of its own module's go.mod. Default: this
	// module's lambda/health.
	Entry string
	// BuildTags are the build tags of Entry. Default: none; for the health
	// function lambda.norpc and nethttpomithttp2.
	BuildTags []string
	// LDFlags are the linker's flags for Entry. Default: -s -w -buildid=
	LDFlags string

	// Code is a function in any language, already built. It needs Handler and
	// Runtime.
	Code    awslambda.Code
	Handler string
	Runtime awslambda.Runtime

	// Function is a function of the same stack that exists already, whatever
	// made it. It needs LogGroup, the log group that it writes to: asking the
	// function for it could add a custom resource to the stack. Only version,
	// alias and API are put around it; the properties of the function below
	// are its own and are refused here. The content of its layers counts in its
	// DeploymentID if the app has @aws-cdk/aws-lambda:recognizeLayerVersion.
	Function awslambda.Function
	LogGroup awslogs.ILogGroup

	// MemorySize in MB, 128 to 10,240. Default: 512.
	MemorySize int
	// Timeout of an invocation, in whole seconds up to 15 minutes. The HTTP
	// API waits for 30 s at most, init included. Default: 10 s.
	Timeout time.Duration
	// Architecture of the function. Default: arm64.
	Architecture awslambda.Architecture
	// Environment of the function. Default: empty.
	Environment map[string]string
	// Layers of the function. Default: none.
	Layers []awslambda.ILayerVersion
	// SystemLogLevel is INFO or DEBUG: at WARN the function writes no REPORT.
	// Default: INFO.
	SystemLogLevel awslambda.SystemLogLevel
	// ReservedConcurrency of the function, all versions together.
	// Default: nil, none reserved.
	ReservedConcurrency *int
	// Tracing sends segments to X-Ray. Its two actions have no resources: the
	// role gets them for "*". Default: false.
	Tracing bool

	// ProvisionedConcurrency of the alias. Default: 0, none, so that
	// cold starts are those of on-demand environments.
	ProvisionedConcurrency int
	// WithoutAPI makes neither the HTTP API nor its access log, for a function
	// that others than an API invoke: run --invoke measures it. Default: false.
	WithoutAPI bool
	// Route is the method (or ANY) and the path. A path with parameters,
	// GET /orders/{id}, is measured with run's --path. Default: GET /health.
	Route string
	// Auth of the route. Default: AuthIAM.
	Auth Auth
	// RateLimit is how many requests a second the API lets through, BurstLimit
	// how many at once above that. Defaults: 500 and 1,000, so that a burst of
	// 500 and what follows it get through, and no more is billed.
	RateLimit, BurstLimit int
	// LogRetention of both log groups. Default: ONE_WEEK.
	LogRetention awslogs.RetentionDays
	// RemovalPolicy of both log groups. Default: DESTROY: cdk destroy leaves
	// nothing. The access log has a fixed name: retained, it is in the way of
	// the next deployment.
	RemovalPolicy awscdk.RemovalPolicy
}

// defaults fills in what was left out. The properties of the function stay
// zero where Function has them.
func (p Props) defaults() Props {
	if p.Function == nil {
		p.MemorySize = either(p.MemorySize, 512)
		p.Timeout = either(p.Timeout, 10*time.Second)
		p.SystemLogLevel = either(p.SystemLogLevel, awslambda.SystemLogLevel_INFO)
		if p.Architecture == nil {
			p.Architecture = awslambda.Architecture_ARM_64()
		}
	}
	if !p.WithoutAPI {
		p.Route = either(p.Route, "GET /health")
		p.Auth = either(p.Auth, AuthIAM)
		p.RateLimit = either(p.RateLimit, 500)
		p.BurstLimit = either(p.BurstLimit, 1000)
	}
	p.LogRetention = either(p.LogRetention, awslogs.RetentionDays_ONE_WEEK)
	p.RemovalPolicy = either(p.RemovalPolicy, awscdk.RemovalPolicy_DESTROY)
	return p
}

func either[T comparable](given, otherwise T) T {
	var zero T
	if given == zero {
		return otherwise
	}
	return given
}

// check says what is wrong with props as they were given, before defaults,
// in one line that says what to do.
func (p Props) check() error {
	if err := p.checkSource(); err != nil {
		return err
	}
	if p.Function != nil {
		if prop := p.functionProp(); prop != "" {
			return fmt.Errorf("prop %s is one of Function's own: set it there and leave it out here", prop)
		}
	}
	if p.MemorySize != 0 && (p.MemorySize < 128 || p.MemorySize > 10240) {
		return fmt.Errorf("memory size %d MB: give 128 to 10240", p.MemorySize)
	}
	if p.Timeout != 0 && (p.Timeout < time.Second || p.Timeout > 15*time.Minute || p.Timeout%time.Second != 0) {
		return fmt.Errorf("timeout %v: give whole seconds from 1s to 15m", p.Timeout)
	}
	if p.Architecture != nil {
		if name := *p.Architecture.Name(); name != "arm64" && name != "x86_64" {
			return fmt.Errorf("architecture %s: give ARM_64 or X86_64", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(p.Environment)) {
		if slices.Contains(reserved(), name) {
			return fmt.Errorf("environment variable %s is Lambda's own: give it another name", name)
		}
	}
	if p.SystemLogLevel == awslambda.SystemLogLevel_WARN {
		return errors.New("system log level WARN leaves out the REPORT of every invocation: give INFO or DEBUG")
	}
	if p.ReservedConcurrency != nil && *p.ReservedConcurrency < 0 {
		return fmt.Errorf("reserved concurrency %d: give 0 or more, or nil for none", *p.ReservedConcurrency)
	}
	if p.ProvisionedConcurrency < 0 {
		return fmt.Errorf("provisioned concurrency %d: give 0 or more", p.ProvisionedConcurrency)
	}
	if p.ReservedConcurrency != nil && p.ProvisionedConcurrency > *p.ReservedConcurrency {
		return fmt.Errorf("provisioned concurrency %d is taken from reserved concurrency %d: give at most that", p.ProvisionedConcurrency, *p.ReservedConcurrency)
	}
	if p.WithoutAPI && (p.Route != "" || p.Auth != "" || p.RateLimit != 0 || p.BurstLimit != 0) {
		return errors.New("no API for Route, Auth, RateLimit and BurstLimit: leave them out, or WithoutAPI")
	}
	if p.Route != "" {
		if _, _, err := parseRoute(p.Route); err != nil {
			return err
		}
	}
	if p.Auth != "" && p.Auth != AuthIAM && p.Auth != AuthNone {
		return fmt.Errorf("auth %q: give AuthIAM or AuthNone", p.Auth)
	}
	if p.RateLimit < 0 || p.BurstLimit < 0 {
		return fmt.Errorf("rate limit %d, burst limit %d: give more than 0, or 0 for the defaults", p.RateLimit, p.BurstLimit)
	}
	if p.RemovalPolicy == awscdk.RemovalPolicy_SNAPSHOT {
		return errors.New("removal policy SNAPSHOT: a log group has no snapshots; give DESTROY or RETAIN")
	}
	return nil
}

func (p Props) checkSource() error {
	var given []string
	for _, s := range []struct {
		name string
		is   bool
	}{{"Entry", p.Entry != ""}, {"Code", p.Code != nil}, {"Function", p.Function != nil}} {
		if s.is {
			given = append(given, s.name)
		}
	}
	if len(given) > 1 {
		return fmt.Errorf("more than one function, in %s: give one of them", strings.Join(given, " and "))
	}
	switch {
	case p.Code != nil && (p.Handler == "" || p.Runtime == nil):
		return errors.New("no Handler or no Runtime for Code: give both")
	case p.Code == nil && (p.Handler != "" || p.Runtime != nil):
		return errors.New("no Code for Handler and Runtime: give it, or leave them out")
	case p.Code != nil && (p.BuildTags != nil || p.LDFlags != ""):
		return errors.New("no Go package for BuildTags and LDFlags, Code is built already: leave them out")
	case p.Function != nil && p.LogGroup == nil:
		return errors.New("no LogGroup for Function: give the log group that it writes to")
	case p.Function == nil && p.LogGroup != nil:
		return errors.New("no Function for LogGroup: give it, or leave LogGroup out")
	}
	return nil
}

// functionProp names a property of the function that is given although
// Function is, or is empty.
func (p Props) functionProp() string {
	for _, f := range []struct {
		name  string
		given bool
	}{
		{"BuildTags", p.BuildTags != nil},
		{"LDFlags", p.LDFlags != ""},
		{"MemorySize", p.MemorySize != 0},
		{"Timeout", p.Timeout != 0},
		{"Architecture", p.Architecture != nil},
		{"Environment", p.Environment != nil},
		{"Layers", p.Layers != nil},
		{"SystemLogLevel", p.SystemLogLevel != ""},
		{"ReservedConcurrency", p.ReservedConcurrency != nil},
		{"Tracing", p.Tracing},
	} {
		if f.given {
			return f.name
		}
	}
	return ""
}

// reserved are the environment variables that Lambda sets itself and takes from
// nobody (Lambda Developer Guide, "Defined runtime environment variables":
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html).
func reserved() []string {
	return []string{
		"_HANDLER", "_X_AMZN_TRACE_ID",
		"AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
		"AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV",
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_VERSION",
		"AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME",
		"AWS_LAMBDA_RUNTIME_API", "LAMBDA_RUNTIME_DIR", "LAMBDA_TASK_ROOT",
	}
}

// route is a method that HTTP APIs know and a path without a slash at its end,
// and segments is such a path with its parameters: each is a whole segment, and
// a greedy one the last (API Gateway Developer Guide, "Create routes for HTTP
// APIs in API Gateway").
var (
	route    = regexp.MustCompile(`^(ANY|DELETE|GET|HEAD|OPTIONS|PATCH|POST|PUT) (/|(?:/[^/?#\s]+)+)$`)
	segments = regexp.MustCompile(`^(?:/(?:[^/{}]*|\{[^/{}+]+\}))*(?:/\{[^/{}+]+\+\})?$`)
)

func parseRoute(s string) (method, path string, err error) {
	m := route.FindStringSubmatch(s)
	if m == nil {
		return "", "", fmt.Errorf(`route %q: give a method and a path, for example "GET /health"`, s)
	}
	if !segments.MatchString(m[2]) {
		return "", "", fmt.Errorf("route %q: give parameters as segments, {name}, and {name+} as the last one", s)
	}
	return m[1], m[2], nil
}
