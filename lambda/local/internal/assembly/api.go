package assembly

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/coldcrank/coldcrank/lambda/local/internal/template"
)

// unserved are types that define endpoints of their own. A target behind one
// would be measured on AWS, or not at all.
var unserved = map[string]string{
	"AWS::ApiGateway::RestApi":      "REST APIs are not served here",
	"AWS::ApiGatewayV2::ApiMapping": "custom domain names are not served here",
	"AWS::Lambda::Url":              "function URLs are not served here",
}

// The patterns of a route key, "METHOD /path" or "$default" ("Create routes for
// HTTP APIs in API Gateway"), and of a stage's name ("Stages for HTTP APIs in
// API Gateway"; both API Gateway Developer Guide).
var (
	isRouteKey  = regexp.MustCompile(`^(\$default|(ANY|GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) /[!-~]*)$`)
	isStageName = regexp.MustCompile(`^(\$default|[a-zA-Z0-9_-]{1,128})$`)
)

// gateways gathers one template's API Gateway resources by their ids.
type gateways struct {
	loader       *loader
	apis         map[string]*API   // by API id
	integrations map[string]*Route // by API and integration id; without key and auth
	left         map[string]error  // integrations left out, and why
}

// addAPIs reads the HTTP APIs of a template ("AWS::ApiGatewayV2::Api",
// …::Integration, …::Route and …::Stage, CloudFormation template reference).
func (l *loader) addAPIs(s *scope) {
	g := &gateways{l, map[string]*API{}, map[string]*Route{}, map[string]error{}}
	s.each(func(_ *scope, r *template.Resource) error { return errors.New("left out: " + unserved[r.Type]) },
		slices.Collect(maps.Keys(unserved))...)
	s.each(g.addAPI, "AWS::ApiGatewayV2::Api")
	s.each(g.addStage, "AWS::ApiGatewayV2::Stage")
	s.each(g.addIntegration, "AWS::ApiGatewayV2::Integration")
	s.each(g.addRoute, "AWS::ApiGatewayV2::Route")
	s.into.APIs = slices.DeleteFunc(s.into.APIs, func(a *API) bool {
		if g.apis[a.ID] != a || a.Stage != "" {
			return false
		}
		s.warn(a.LogicalID+" (AWS::ApiGatewayV2::Api)", errors.New("left out: it has no stage"))
		return true
	})
}

func (g *gateways) addAPI(s *scope, r *template.Resource) error {
	p := s.Properties(r)
	a := &API{LogicalID: r.ID, Name: p.Text("Name", r.ID)}
	protocol := p.Text("ProtocolType", "HTTP")
	switch {
	case p.Err != nil:
		return p.Err
	case protocol != "HTTP":
		return fmt.Errorf("left out: protocol %s is not served here", protocol)
	case p.Value("Body") != nil:
		return errors.New("left out: an API that Body defines is not served here")
	}
	var err error
	if a.ID, err = s.Ref(r); err != nil {
		return err
	}
	if a.endpoint, err = s.Attribute(r, "ApiEndpoint"); err != nil {
		return err
	}
	s.ignored(r, p, "CorsConfiguration")
	g.apis[a.ID] = a
	s.into.APIs = append(s.into.APIs, a)
	return nil
}

// ignored warns of a property without which the API is served all the same.
func (s *scope) ignored(r *template.Resource, p *template.Properties, property string) {
	if p.Value(property) != nil {
		s.warnOf(r, fmt.Errorf("%s: not applied here", property))
	}
}

// api is the one that a resource's ApiId names; nil where that was left out,
// which its own warning says.
func (g *gateways) api(p *template.Properties) (*API, error) {
	id := p.Required("ApiId")
	return g.apis[id], p.Err
}

func (g *gateways) addStage(s *scope, r *template.Resource) error {
	p := s.Properties(r)
	a, err := g.api(p)
	if a == nil || err != nil {
		return err
	}
	name := p.Text("StageName", "")
	rate := p.Number("DefaultRouteSettings.ThrottlingRateLimit", 0, 0, 1e9)
	burst := p.Number("DefaultRouteSettings.ThrottlingBurstLimit", 0, 0, 1e9)
	switch {
	case p.Err != nil:
		return p.Err
	case !isStageName.MatchString(name):
		return fmt.Errorf("StageName: %q is no name of a stage", name)
	case a.Stage != "":
		return fmt.Errorf("left out: the API is served at its first stage, %s", a.Stage)
	}
	a.Stage, a.RateLimit, a.BurstLimit = name, rate, int(burst)
	s.ignored(r, p, "RouteSettings")
	s.ignored(r, p, "StageVariables")
	destination, format := p.Text("AccessLogSettings.DestinationArn", ""), p.Text("AccessLogSettings.Format", "")
	if p.Err != nil || destination == "" || format == "" {
		return p.Err // the stage stays, without a log
	}
	_, group, ok := strings.Cut(destination, ":log-group:")
	group = strings.TrimSuffix(group, ":*")
	if !ok || !isLogGroup.MatchString(group) {
		return fmt.Errorf("AccessLogSettings: %q is no log group", destination)
	}
	a.AccessLog, a.AccessFormat = group, format
	return nil
}

func (g *gateways) addIntegration(s *scope, r *template.Resource) error {
	p := s.Properties(r)
	a, err := g.api(p)
	if a == nil || err != nil {
		return err
	}
	id, err := s.Ref(r)
	if err != nil {
		return err
	}
	route, err := g.integration(s, p)
	if err != nil {
		// The routes that lead here name it: a route is what people know.
		g.left[a.ID+"/"+id] = fmt.Errorf("integration %s: %w", r.ID, err)
		return nil
	}
	g.integrations[a.ID+"/"+id] = route
	return nil
}

// integration checks that it is a function's proxy. The default of the timeout
// is that of "Quotas for configuring and running an HTTP API in API Gateway".
func (g *gateways) integration(s *scope, p *template.Properties) (*Route, error) {
	kind := p.Text("IntegrationType", "")
	uri := p.Text("IntegrationUri", "")
	route := &Route{
		Payload: p.Text("PayloadFormatVersion", ""),
		Timeout: time.Duration(p.Number("TimeoutInMillis", 30000, 50, 30000)) * time.Millisecond,
	}
	switch {
	case p.Err != nil:
		return nil, p.Err
	case kind != "AWS_PROXY":
		return nil, fmt.Errorf("type %s is not served here", kind)
	case route.Payload != "2.0":
		return nil, fmt.Errorf("payload format %q is not served here, only 2.0", route.Payload)
	case p.Value("RequestParameters") != nil, p.Value("ResponseParameters") != nil:
		return nil, errors.New("parameter mapping is not done here")
	}
	f, qualifier, err := g.loader.function(s, uri)
	switch {
	case err != nil:
		return nil, err
	case qualifier == "$LATEST":
		qualifier = ""
	case qualifier != "" && !f.hasVersion(qualifier) && !f.hasAlias(qualifier):
		return nil, fmt.Errorf("%s has no version or alias %q here", f.Name, qualifier)
	}
	route.Function, route.Qualifier = f, qualifier
	return route, nil
}

func (g *gateways) addRoute(s *scope, r *template.Resource) error {
	p := s.Properties(r)
	a, err := g.api(p)
	if a == nil || err != nil {
		return err
	}
	key := p.Text("RouteKey", "")
	auth := p.Text("AuthorizationType", "NONE")
	target := p.Text("Target", "")
	if p.Err != nil {
		return p.Err
	}
	integration := a.ID + "/" + strings.TrimPrefix(target, "integrations/")
	route := g.integrations[integration]
	switch {
	case !isRouteKey.MatchString(key):
		return fmt.Errorf("RouteKey: %q is no route", key)
	case auth != "NONE" && auth != "AWS_IAM":
		return fmt.Errorf("route %q left out: authorization %s is not done here", key, auth)
	case g.left[integration] != nil:
		return fmt.Errorf("route %q left out: %w", key, g.left[integration])
	case route == nil:
		return fmt.Errorf("route %q left out: its target %q is unknown", key, target)
	case slices.ContainsFunc(a.Routes, func(other *Route) bool { return other.Key == key }):
		return fmt.Errorf("RouteKey: the API has another route %q", key)
	}
	added := *route // an integration may serve several routes
	added.LogicalID, added.Key, added.Auth = r.ID, key, auth
	a.Routes = append(a.Routes, &added)
	return nil
}
