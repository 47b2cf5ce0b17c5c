// Package benchapi is a CDK construct that makes a Lambda function measurable
// by coldcrank: the function with a version, an alias and a log group of its
// own, an HTTP API in front of the alias, and stack outputs by which the
// command finds all of it again (package infra/outputs).
//
// The function is built from a Go package, taken from code of any language, or
// is one that the stack has already:
//
//	api := benchapi.New(stack, "Orders", &benchapi.Props{Entry: "./cmd/orders"})
//	table.GrantReadData(api.Function)
//
// Everything that the measurement rests on is set explicitly, because the
// feature flags of the app change the CDK's defaults. Neither commit nor time
// nor path enters the template: unchanged code gives an unchanged template.
//
// The package does not measure, and it does not deploy.
package benchapi

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigatewayv2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/coldcrank/coldcrank/infra/outputs"
)

// aliasName is the alias that the API invokes. It is moved by every recycle,
// and nothing but the benchmark is meant to use it.
const aliasName = "bench"

// API is a benchmark API: the handles of what New has made.
type API struct {
	Construct constructs.Construct // scope of all below: for Tags, Aspects, dependencies

	Function awslambda.Function
	Version  awslambda.Version
	Alias    awslambda.Alias

	// Nil with Props.WithoutAPI.
	HTTPAPI    awsapigatewayv2.HttpApi
	Route      awsapigatewayv2.HttpRoute // its GrantInvoke lets somebody send requests
	Stage      awsapigatewayv2.HttpStage
	AccessLogs awslogs.LogGroup
	URL        *string // endpoint with the route's path; known at deployment

	FunctionLogs awslogs.ILogGroup

	Name         string  // the target's name: prefix of the logical ids of its outputs
	DeploymentID *string // the CDK's hash of the function; known at the end of the synth
}

// New makes a benchmark API in scope. Nil props are the zero Props.
//
// Wrong props, code that does not build, and what the CDK refuses stop the app:
// what to do goes to stderr in one line, followed by the compiler's where it has
// said something, and the process exits with status 1. In a test binary New
// panics with an error of the same text instead, so that a test can recover it.
func New(scope constructs.Construct, id string, props *Props) *API {
	var p Props
	if props != nil {
		p = *props
	}
	api, err := build(scope, id, p)
	if err != nil {
		stop(fmt.Errorf("benchapi: %s/%s: %w", *scope.Node().Path(), id, err))
	}
	return api
}

// stop ends the app. A panic would bury the line under the stack of a goroutine
// that is of no help to somebody who wrote a wrong number.
func stop(err error) {
	if testing.Testing() {
		panic(err)
	}
	fmt.Fprintln(os.Stderr, err)
	// Close removes Node's files. It waits for Node in two places at once, and
	// the one that loses would add a line about it (jsii-runtime-go 1.139).
	os.Stderr = nil
	jsii.Close()
	os.Exit(1)
}

func build(scope constructs.Construct, id string, p Props) (_ *API, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = refusal(r)
		}
	}()
	if err := p.check(); err != nil {
		return nil, err
	}
	p = p.defaults()
	api := &API{Construct: constructs.NewConstruct(scope, &id)}
	// The content of layers counts in the version's hash with this flag only.
	api.Construct.Node().SetContext(new("@aws-cdk/aws-lambda:recognizeLayerVersion"), true)

	stack := outermostStack(api.Construct)
	path := pathBelow(stack, api.Construct)
	// The scope of the outputs doubles as the register of names that are taken.
	outputsID := func(name string) *string { return new("coldcrank:" + name) }
	api.Name = outputs.Name(path, func(name string) bool {
		return stack.Node().TryFindChild(outputsID(name)) != nil
	})

	add := api.addFunction
	if p.Function != nil {
		add = api.takeFunction
	}
	if err := add(p); err != nil {
		return nil, err
	}
	api.Version = api.Function.CurrentVersion()
	api.Alias = awslambda.NewAlias(api.Construct, new("Alias"), &awslambda.AliasProps{
		AliasName:                       new(aliasName),
		Version:                         api.Version,
		ProvisionedConcurrentExecutions: positive(p.ProvisionedConcurrency),
	})
	if !p.WithoutAPI {
		api.addGateway(stack, p)
	}
	api.DeploymentID = deploymentID(api.Version)
	api.addOutputs(stack, constructs.NewConstruct(stack, outputsID(api.Name)), p)
	return api, nil
}

// refusal is what the CDK said before it panicked, as it does with all that it
// refuses: its message, without the list of values that some have below. What
// went wrong in this program goes on as a panic.
func refusal(panicked any) error {
	if fault, ok := panicked.(runtime.Error); ok {
		panic(fault)
	}
	message, _, _ := strings.Cut(fmt.Sprint(panicked), "\n")
	return errors.New(message)
}

// outermostStack is the stack that is deployed and has an entry in the outputs
// file: nested stacks have none.
func outermostStack(c constructs.Construct) awscdk.Stack {
	stack := awscdk.Stack_Of(c)
	for {
		parent := stack.NestedStackParent()
		if parent == nil {
			return stack
		}
		stack = parent
	}
}

// pathBelow is the ids from the stack, exclusive, down to the construct.
func pathBelow(stack awscdk.Stack, c constructs.Construct) []string {
	rest := strings.TrimPrefix(*c.Node().Path(), *stack.Node().Path())
	return strings.Split(strings.TrimPrefix(rest, "/"), "/")
}

// positive is n as the CDK takes optional numbers.
func positive(n int) *float64 {
	if n <= 0 {
		return nil
	}
	return new(float64(n))
}
