package main

import (
	"fmt"
	"slices"

	"github.com/coldcrank/coldcrank/infra/outputs"
	"github.com/coldcrank/coldcrank/lambda/local"
)

// tell says how to reach what is served.
func (s *serving) tell() {
	s.tellRoutes()
	file := near(s.stage.where.Files[0])
	fmt.Fprintln(s.talk, "each answers https and HTTP/2 as well, with the certificate that the outputs file has")
	fmt.Fprintf(s.talk, "to measure it: coldcrank run --outputs %s\n", printable(file))
	fmt.Fprintf(s.talk, "for the aws CLI: export AWS_ENDPOINT_URL=%s\n", s.stage.executor.Endpoint())
}

// tellRoutes says where every route is, those of targets by the target's name.
func (s *serving) tellRoutes() {
	targets := s.stage.executor.Targets()
	for _, r := range s.stage.executor.Routes() {
		name := r.Stack + "/" + r.API
		if i := slices.IndexFunc(targets, func(t outputs.Target) bool { return t.Stack == r.Stack && t.FunctionName == r.Function }); i >= 0 {
			name = targets[i].String()
		}
		fmt.Fprintf(s.talk, "%s: %s %s%s\n", printable(name), printable(r.Method), printable(r.URL), signed(r))
	}
}

// signed says that a route asks for a signature.
func signed(r local.Route) string {
	if !r.IAM {
		return ""
	}
	return fmt.Sprintf(" (signed: curl --user test:test --aws-sigv4 aws:amz:%s:execute-api)", r.Region)
}
