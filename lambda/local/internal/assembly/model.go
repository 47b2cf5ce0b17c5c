// Package assembly reads a synthesized cloud assembly and says what of it the
// local executor can run: functions with their versions and aliases, HTTP APIs,
// log groups, and the outputs of each stack.
//
// What of the templates cannot be resolved without a deployment (see package
// template), or defines what the local executor does not run, is left out with
// a warning. What a deployment decides and a function needs to start is made up.
//
// The assembly may be anybody's: its resolution is bounded, and no path leads
// out of it. Load starts nothing and looks into no asset.
package assembly

import (
	"strings"
	"time"
)

// Assembly is what a cloud assembly's stacks, also those of nested stages,
// define for the local executor.
type Assembly struct {
	Dir    string
	Stacks []*Stack
}

// Stack is one stack's part.
type Stack struct {
	Name      string // as deployed: the key in an outputs file
	Account   string // 12 digits; 000000000000 where the app leaves it open
	Region    string // us-east-1 where the app leaves it open
	Functions []*Function
	APIs      []*API
	LogGroups []string          // physical names of the template's; one that Lambda makes at the first invocation is only in Function.LogGroup
	Refused   map[string]string // of functions that were left out, by physical name: the reason, which Warnings has as well
	Warnings  []string          // what was left out or could not be resolved, with logical id and reason

	outputs map[string]string // resolved, with the endpoints that AWS would give
}

// Outputs are the stack's outputs as `cdk deploy --outputs-file` writes them,
// by logical id. Where AWS's endpoint of one of the stack's APIs stands in a
// value (https://{id}.execute-api.{region}.…), the base URL that endpoint gives
// for that API stands instead; it has no slash at its end. An output that could
// not be resolved is not among them; Warnings names it and the reason.
func (s *Stack) Outputs(endpoint func(api *API) string) map[string]string {
	local := s.local(endpoint)
	outputs := make(map[string]string, len(s.outputs))
	for id, value := range s.outputs {
		outputs[id] = local.Replace(value)
	}
	return outputs
}

// local puts the endpoints in place of those that AWS would give.
func (s *Stack) local(endpoint func(api *API) string) *strings.Replacer {
	var pairs []string
	for _, a := range s.APIs {
		pairs = append(pairs, a.endpoint, endpoint(a))
	}
	return strings.NewReplacer(pairs...)
}

// Function is an AWS::Lambda::Function with what hangs on it.
type Function struct {
	LogicalID    string
	Name         string // physical name: the template's, or made from stack and logical id
	ARN          string // unqualified
	Description  string
	Runtime      string // for example provided.al2023
	Handler      string
	Architecture string // arm64 or x86_64
	MemoryMB     int
	Timeout      time.Duration
	EphemeralMB  int
	Environment  map[string]string
	Tracing      string // Active or PassThrough

	// CodeDir is the asset's folder with the code. ShippedDir is a folder with
	// the code that a deployment would ship, where the assembly was made for
	// this machine (it is then the folder .shipped of CodeDir, which is no part
	// of the code that runs); else equal to CodeDir. Where the asset is a zip
	// file, CodeZip is that file and the folders are empty. All are absolute paths below Assembly.Dir that existed when it was read;
	// what is inside them was not looked at.
	CodeDir    string
	CodeZip    string
	ShippedDir string
	LayerDirs  []string // folders, or zip files where the assets are, in the order in which they are laid over each other

	LogGroup            string
	LogFormat           string // JSON or Text
	SystemLogLevel      string // DEBUG, INFO or WARN; JSON only
	ApplicationLogLevel string // JSON only

	ReservedConcurrency *int

	Versions []*Version
	Aliases  []*Alias
}

// Version is an AWS::Lambda::Version. Number counts from 1 in the template's order.
type Version struct {
	LogicalID string
	Number    string
}

// Alias is an AWS::Lambda::Alias.
type Alias struct {
	LogicalID              string
	Name                   string
	Version                string // number, or "$LATEST"
	Description            string
	ProvisionedConcurrency int // 0 where none

	Weights map[string]float64 // RoutingConfig: further versions and their share, 0 to 1; nil where none
}

// API is an AWS::ApiGatewayV2::Api of protocol HTTP with its routes and its stage.
type API struct {
	LogicalID    string
	ID           string // 10 letters and digits, as AWS gives, made from stack and logical id
	Name         string
	Stage        string // "$default", or a name that stands first in the path
	Routes       []*Route
	AccessLog    string  // log group's name; empty where none
	AccessFormat string  // with $context variables
	RateLimit    float64 // requests per second; 0 where the template does not say
	BurstLimit   int

	endpoint string // https://{id}.execute-api.{region}.…, as AWS would give it
}

// Route is one route with its AWS_PROXY integration.
type Route struct {
	LogicalID string
	Key       string // "GET /health", "ANY /{proxy+}" or "$default"
	Auth      string // NONE or AWS_IAM; other kinds are left out with a warning
	Payload   string // "2.0"; "1.0" is left out with a warning
	Timeout   time.Duration

	Function  *Function
	Qualifier string // alias or version that the integration names; empty for $LATEST
}
