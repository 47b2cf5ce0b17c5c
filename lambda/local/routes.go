package local

import (
	"slices"
	"strings"

	"github.com/coldcrank/coldcrank/infra/outputs"
	"github.com/coldcrank/coldcrank/lambda/local/internal/assembly"
)

// Route is one route of an HTTP API.
type Route struct {
	Stack    string
	Region   string
	API      string // logical id
	Key      string // "GET /health", "ANY /{proxy+}" or "$default"
	Method   string // of the key; "ANY" where it takes all
	URL      string // without TLS, which the same port serves as well; its path is as the key has it, also where that has variables
	IAM      bool   // asks for a signed request
	Function string // name
	Alias    string // or version; empty for $LATEST
}

// Routes are the routes of all APIs, in the order of the template.
func (x *Executor) Routes() []Route { return slices.Clone(x.current().routes) }

// Targets are the benchmark APIs that the outputs describe, by stack and name.
func (x *Executor) Targets() []outputs.Target { return slices.Clone(x.current().targets) }

func (x *loaded) addRoutes(s *assembly.Stack, url string, api *assembly.API) {
	if api.Stage != "$default" {
		url += "/" + api.Stage
	}
	for _, r := range api.Routes {
		method, path, ok := strings.Cut(r.Key, " ")
		if !ok { // $default
			method, path = "ANY", "/"
		}
		x.routes = append(x.routes, Route{
			Stack: s.Name, Region: s.Region, API: api.LogicalID, Key: r.Key, Method: method, URL: url + path,
			IAM: r.Auth == "AWS_IAM", Function: r.Function.Name, Alias: r.Qualifier,
		})
	}
}
