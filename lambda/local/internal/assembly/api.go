package assembly

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// leftOutTypes define endpoints or functions that the local executor does not serve.
var leftOutTypes = map[string]string{
	"AWS::ApiGateway::RestApi":        "REST APIs are not served here",
	"AWS::ApiGatewayV2::DomainName":   "custom domain names are not served here",
	"AWS::ApiGatewayV2::ApiMapping":   "custom domain names are not served here",
	"AWS::Lambda::Url":                "function URLs are not served here",
	"AWS::Lambda::EventSourceMapping": "event sources invoke nothing here",
	"AWS::Serverless::Function":       "SAM's transform runs on AWS only",
	"AWS::Serverless::HttpApi":        "SAM's transform runs on AWS only",
	"AWS::Serverless::Api":            "SAM's transform runs on AWS only",
}

// gateways gathers one template's API Gateway resources by their ids.
type gateways struct {
	loader       *loader
	apis         map[string]*API   // by API id
	stages       map[string]bool   // API ids that have a stage
	integrations map[string]*Route // by API and integration id; without key and auth
	left         map[string]error  // integrations left out, and why
}

// addAPIs reads the HTTP APIs of a template ("AWS::ApiGatewayV2::Api",
// …::Integration, …::Route and …::Stage, CloudFormation template reference).
func (l *loader) addAPIs(s *scope) {
	g := &gateways{l, map[string]*API{}, map[string]bool{}, map[string]*Route{}, map[string]error{}}
	for _, step := range []func(*scope, string, *resource) error{g.addAPI, g.addStage, g.addIntegration, g.addRoute} {
		s.each(step)
	}
	s.stack.APIs = slices.DeleteFunc(s.stack.APIs, func(a *API) bool {
		mine := g.apis[a.ID] == a
		if mine && a.Stage == "" {
			s.warn(a.LogicalID, errors.New("left out: it has no stage"))
		}
		return mine && a.Stage == ""
	})
}

func (g *gateways) addAPI(s *scope, id string, r *resource) error {
	reason, leave := leftOutTypes[r.Type]
	if r.Type != "AWS::ApiGatewayV2::Api" && !leave {
		return nil
	}
	if gone, err := s.leftOut(r); gone || err != nil {
		return err
	}
	if leave {
		return errors.New("left out: " + reason)
	}
	p := &properties{s: s, r: r}
	a := &API{LogicalID: id, ID: s.shortID(id, 10), Name: p.text(id, "Name")}
	protocol := p.text("HTTP", "ProtocolType")
	switch {
	case p.err != nil:
		return p.err
	case protocol != "HTTP":
		return fmt.Errorf("left out: protocol %s is not served here", protocol)
	case p.value("Body") != nil, p.value("BodyS3Location") != nil, p.value("Target") != nil:
		return errors.New("left out: an API that Body or Target defines is not served here")
	}
	if p.value("CorsConfiguration") != nil {
		s.warn(id, errors.New("CorsConfiguration: not applied here"))
	}
	g.apis[a.ID] = a
	s.stack.APIs = append(s.stack.APIs, a)
	return nil
}

// api is the one that a resource's ApiId names; nil where that was left out,
// which its own warning says.
func (g *gateways) api(s *scope, r *resource) (*API, error) {
	if gone, err := s.leftOut(r); gone || err != nil {
		return nil, err
	}
	id, err := s.requiredText(r, "ApiId")
	return g.apis[id], err
}

var isStageName = regexp.MustCompile(`^(\$default|[a-zA-Z0-9_-]{1,128})$`)

func (g *gateways) addStage(s *scope, id string, r *resource) error {
	if r.Type != "AWS::ApiGatewayV2::Stage" {
		return nil
	}
	a, err := g.api(s, r)
	if a == nil || err != nil {
		return err
	}
	p := &properties{s: s, r: r}
	name := p.text("", "StageName")
	rate := p.number("DefaultRouteSettings", "ThrottlingRateLimit")
	burst := p.integer(0, 1<<30, 0, "DefaultRouteSettings", "ThrottlingBurstLimit")
	switch {
	case p.err != nil:
		return p.err
	case !isStageName.MatchString(name):
		return fmt.Errorf("StageName: %q is no name of a stage", name)
	case a.Stage != "":
		return fmt.Errorf("left out: the API is served at its first stage, %s", a.Stage)
	}
	a.Stage, a.RateLimit, a.BurstLimit = name, rate, burst
	if p.value("RouteSettings") != nil {
		s.warn(id, errors.New("RouteSettings: not applied here"))
	}
	if p.value("StageVariables") != nil {
		s.warn(id, errors.New("StageVariables: not applied here"))
	}
	destination, format := p.text("", "AccessLogSettings", "DestinationArn"), p.text("", "AccessLogSettings", "Format")
	if p.err != nil || destination == "" || format == "" {
		return p.err // the stage stays, without a log
	}
	_, group, ok := strings.Cut(destination, ":log-group:")
	group = strings.TrimSuffix(group, ":*")
	if !ok || !isLogGroup.MatchString(group) {
		return fmt.Errorf("AccessLogSettings: %q is no log group", destination)
	}
	a.AccessLog, a.AccessFormat = group, format
	return nil
}

func (g *gateways) addIntegration(s *scope, id string, r *resource) error {
	if r.Type != "AWS::ApiGatewayV2::Integration" {
		return nil
	}
	a, err := g.api(s, r)
	if a == nil || err != nil {
		return err
	}
	key := a.ID + "/" + s.shortID(id, 7)
	route, err := g.integration(s, r)
	if err != nil {
		// The routes that lead here name it: a route is what people know.
		g.left[key] = fmt.Errorf("integration %s: %w", id, err)
		return nil
	}
	g.integrations[key] = route
	return nil
}

// integration checks that it is a function's proxy. The default of the timeout
// is that of "Quotas for configuring and running an HTTP API in API Gateway".
func (g *gateways) integration(s *scope, r *resource) (*Route, error) {
	p := &properties{s: s, r: r}
	kind := p.text("", "IntegrationType")
	uri := p.text("", "IntegrationUri")
	route := &Route{
		Payload: p.text("", "PayloadFormatVersion"),
		Timeout: time.Duration(p.integer(50, 30000, 30000, "TimeoutInMillis")) * time.Millisecond,
	}
	switch {
	case p.err != nil:
		return nil, p.err
	case kind != "AWS_PROXY" || p.value("IntegrationSubtype") != nil:
		return nil, fmt.Errorf("type %s is not served here", kind)
	case route.Payload != "2.0":
		return nil, fmt.Errorf("payload format %q is not served here, only 2.0", route.Payload)
	case p.value("RequestParameters") != nil, p.value("ResponseParameters") != nil:
		return nil, errors.New("parameter mapping is not done here")
	}
	arn, qualifier, err := s.parseFunction(uri)
	if err != nil {
		return nil, err
	}
	f := g.loader.functions[arn]
	switch {
	case f == nil:
		return nil, fmt.Errorf("%s is not run here", arn)
	case qualifier == "", qualifier == "$LATEST":
	case !f.hasVersion(qualifier) && !slices.ContainsFunc(f.Aliases, func(a *Alias) bool { return a.Name == qualifier }):
		return nil, fmt.Errorf("%s has no version or alias %q here", f.Name, qualifier)
	default:
		route.Qualifier = qualifier
	}
	route.Function = f
	return route, nil
}

func (g *gateways) addRoute(s *scope, id string, r *resource) error {
	if r.Type != "AWS::ApiGatewayV2::Route" {
		return nil
	}
	a, err := g.api(s, r)
	if a == nil || err != nil {
		return err
	}
	p := &properties{s: s, r: r}
	key := p.text("", "RouteKey")
	auth := p.text("NONE", "AuthorizationType")
	target, ok := strings.CutPrefix(p.text("", "Target"), "integrations/")
	if p.err != nil {
		return p.err
	}
	integration := g.integrations[a.ID+"/"+target]
	switch {
	case !isRouteKey.MatchString(key):
		return fmt.Errorf("RouteKey: %q is no route", key)
	case auth != "NONE" && auth != "AWS_IAM":
		return fmt.Errorf("route %q left out: authorization %s is not done here", key, auth)
	case !ok || integration == nil:
		if err := g.left[a.ID+"/"+target]; err != nil {
			return fmt.Errorf("route %q left out: %w", key, err)
		}
		return fmt.Errorf("route %q left out: its target %q is unknown", key, target)
	case slices.ContainsFunc(a.Routes, func(other *Route) bool { return other.Key == key }):
		return fmt.Errorf("RouteKey: the API has another route %q", key)
	}
	route := *integration
	route.LogicalID, route.Key, route.Auth = id, key, auth
	a.Routes = append(a.Routes, &route)
	return nil
}

// isRouteKey is "METHOD /path" or "$default" ("Create routes for HTTP APIs in
// API Gateway", API Gateway Developer Guide).
var isRouteKey = regexp.MustCompile(`^(\$default|(ANY|GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) /[!-~]*)$`)
