package target

import (
	"cmp"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/coldcrank/coldcrank/infra/outputs"
)

// Policy is an identity-based policy (IAM User Guide, "IAM JSON policy elements
// reference"). Its JSON is what IAM takes.
type Policy struct {
	Version   string
	Statement []Statement
}

// Statement allows actions on resources. Sid says what the actions are for, and
// where Resource is "*", why.
type Statement struct {
	Sid       string
	Effect    string
	Action    []string
	Resource  []string
	Condition map[string]map[string][]string `json:",omitempty"` // operator → key → values
}

// grant is what runs need of one kind of resource.
type grant struct {
	sid      string
	actions  []string
	resource func(t *Target, account string) []string
}

// grants are the permissions of a run and of restoring, by kind of resource.
// Which kind an action takes is from the Service Authorization Reference:
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html,
// list_amazoncloudwatchlogs.html and list_amazonapigateway.html there.
// sts:GetCallerIdentity is missing because it needs no permission (STS API
// Reference, GetCallerIdentity); so is iam:PassRole, since no role is sent.
var grants = []grant{
	// A call with a qualifier is held against the qualified ARN
	// (https://github.com/alexcasalboni/aws-lambda-power-tuning/issues/260), one
	// without against the function's.
	{"ReadFunctionAndVersions", []string{"lambda:GetFunctionConfiguration"}, functionAndVersions},
	// An alias, too, is read and moved with the permission for its function: the
	// resource type of both actions is function, not function alias.
	{"PublishVersionsAndMoveAlias", []string{
		"lambda:GetAlias",
		"lambda:GetFunctionConcurrency",
		"lambda:ListVersionsByFunction",
		"lambda:PublishVersion",
		"lambda:UpdateAlias",
		"lambda:UpdateFunctionConfiguration",
	}, function},
	// Never the unqualified ARN: that would allow to delete the function.
	{"DeleteVersions", []string{"lambda:DeleteFunction"}, versions},
	{"ReadProvisionedConcurrency", []string{"lambda:GetProvisionedConcurrencyConfig"}, alias},
	// With the trailing :* (CloudWatch Logs User Guide, "Overview of managing
	// access permissions to your CloudWatch Logs resources").
	{"ReadLogs", []string{"logs:FilterLogEvents"}, logGroups},
	{"SendRequests", []string{"execute-api:Invoke"}, route},
	// With a qualifier, the qualified ARN (Lambda Developer Guide, "Fine-tuning
	// the Resources and Conditions sections of policies").
	{"InvokeFunction", []string{"lambda:InvokeFunction"}, directly},
}

// unresourced are the actions for which the Service Authorization Reference
// names no type of resource: only "*" allows them. Both only read.
var unresourced = []struct{ sid, action string }{
	{"GetAccountSettingsTakesNoResource", "lambda:GetAccountSettings"},
	{"DescribeLogGroupsTakesNoResource", "logs:DescribeLogGroups"},
}

// NewPolicy is the least policy by which somebody can run on the targets and
// restore them. account is the id of their account. stacks are the names or ids
// by which CloudFormation is asked for the targets; empty where outputs files
// are read instead.
// The same arguments give the same policy, whatever the order of targets.
// Warnings name the targets for which it is wider than it would have to be.
func NewPolicy(targets []*Target, account string, stacks []string) (p Policy, warnings []string) {
	p.Version = "2012-10-17"
	allow := func(sid string, actions, resources []string, regions []string) {
		slices.Sort(resources)
		if resources = slices.Compact(resources); len(resources) == 0 {
			return
		}
		s := Statement{Sid: sid, Effect: "Allow", Action: slices.Clone(actions), Resource: resources}
		if regions != nil {
			s.Condition = map[string]map[string][]string{"StringEquals": {"aws:RequestedRegion": regions}}
		}
		p.Statement = append(p.Statement, s)
	}
	for _, g := range grants {
		var resources []string
		for _, t := range targets {
			resources = append(resources, g.resource(t, account)...)
		}
		allow(g.sid, g.actions, resources, nil)
	}
	var described, regions []string
	for _, t := range targets {
		described = append(described, stackARN(t, account, stacks)...)
		regions = append(regions, t.Region)
		if !t.Direct && t.Auth == outputs.AuthIAM && apiID(t) == "" {
			warnings = append(warnings, t.String()+": its URL does not tell the id of the API: execute-api:Invoke is allowed on its route in every API of the account")
		}
	}
	allow("FindTargetsOfStacks", []string{"cloudformation:DescribeStacks"}, described, nil)
	slices.Sort(regions)
	regions = slices.Compact(regions)
	for _, u := range unresourced {
		allow(u.sid, []string{u.action}, []string{"*"}, regions)
	}
	return p, warnings
}

// arn is an ARN in the partition of the target's Region (IAM User Guide,
// "Identify AWS resources with Amazon Resource Names (ARNs)").
func arn(service string, t *Target, account, resource string) string {
	partition := "aws"
	switch {
	case strings.HasPrefix(t.Region, "cn-"):
		partition = "aws-cn"
	case strings.HasPrefix(t.Region, "us-gov-"):
		partition = "aws-us-gov"
	}
	return strings.Join([]string{"arn", partition, service, t.Region, account, resource}, ":")
}

func function(t *Target, account string) []string {
	return []string{arn("lambda", t, account, "function:"+t.FunctionName)}
}

func versions(t *Target, account string) []string {
	return []string{arn("lambda", t, account, "function:"+t.FunctionName+":*")}
}

func functionAndVersions(t *Target, account string) []string {
	return append(function(t, account), versions(t, account)...)
}

func alias(t *Target, account string) []string {
	return []string{arn("lambda", t, account, "function:"+t.FunctionName+":"+t.Alias)}
}

// directly is the alias, where requests go to it and not to the API.
func directly(t *Target, account string) []string {
	if !t.Direct {
		return nil
	}
	return alias(t, account)
}

func logGroups(t *Target, account string) (list []string) {
	groups := []string{t.FunctionLogs, t.AccessLogs}
	if t.Direct {
		groups = groups[:1]
	}
	for _, group := range groups {
		if group != "" {
			list = append(list, arn("logs", t, account, "log-group:"+group+":*"))
		}
	}
	return list
}

// stackARN names the stack that the target was found in, where it is one of
// stacks.
func stackARN(t *Target, account string, stacks []string) (list []string) {
	for _, s := range stacks {
		switch {
		case strings.HasPrefix(s, "arn:") && strings.Contains(s, ":stack/"+t.Stack+"/"):
			list = append(list, s)
		case s == t.Stack:
			list = append(list, arn("cloudformation", t, account, "stack/"+s+"/*"))
		}
	}
	return list
}

// parameter is a variable part of a route's path, {id} or {proxy+}.
var parameter = regexp.MustCompile(`\{[^}]*\}`)

// route is the target's route where requests to it are signed (API Gateway
// Developer Guide, "Control access for invoking an API": api/stage/METHOD/path).
// A request for another path than the route's needs another permission.
func route(t *Target, account string) []string {
	if t.Direct || t.Auth != outputs.AuthIAM {
		return nil
	}
	method, path, ok := strings.Cut(t.Route, " ")
	if !ok { // $default takes any request
		method, path = "*", "/*"
	} else if method == "ANY" {
		method = "*"
	}
	api, stage := cmp.Or(apiID(t), "*"), "$default"
	if u, err := url.Parse(t.URL); err == nil {
		if before, ok := strings.CutSuffix(u.Path, path); ok && before != "" {
			stage = strings.Trim(before, "/")
		}
	}
	if api == "*" {
		stage = "*" // the path of another domain names a mapping, not a stage
	}
	path = parameter.ReplaceAllString(path, "*")
	return []string{arn("execute-api", t, account, api+"/"+stage+"/"+method+path)}
}

// apiID is the id of the API in the host of its default endpoint,
// ID.execute-api.REGION.amazonaws.com; empty for any other host.
func apiID(t *Target) string {
	u, err := url.Parse(t.URL)
	if err != nil {
		return ""
	}
	id, rest, ok := strings.Cut(u.Hostname(), ".")
	if !ok || !strings.HasPrefix(rest, "execute-api.") {
		return ""
	}
	return id
}
