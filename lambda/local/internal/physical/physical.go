// Package physical makes up what only a deployment decides about a resource and
// other resources refer to: its physical name, and the Ref, ARN, URL and ids
// that follow from one. It is made from account, Region, stack and logical id,
// the same in every run. What follows from no name is not made up.
package physical

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"fmt"
	"strings"
)

// Place is a stack's place: what is made up for its resources depends on it.
type Place struct {
	Account string // 12 digits
	Region  string // for example us-east-1
	Stack   string // the stack's name
}

// kind says which name, Ref and ARN a type of resource has ("AWS resource and
// property types reference", CloudFormation, Return values; "Service
// Authorization Reference" for the ARNs).
type kind struct {
	property string // that names the resource; empty: the type's last part + "Name"
	arn      string // after the partition, as fill takes it
	ref      string // what Ref gives: "" the name, "arn", or a URL as fill takes it
}

var kinds = map[string]kind{
	"AWS::DynamoDB::Table":             {arn: "dynamodb:{region}:{account}:table/{name}"},
	"AWS::DynamoDB::GlobalTable":       {property: "TableName", arn: "dynamodb:{region}:{account}:table/{name}"},
	"AWS::Events::EventBus":            {property: "Name", arn: "events:{region}:{account}:event-bus/{name}"},
	"AWS::IAM::Role":                   {arn: "iam::{account}:role/{name}"},
	"AWS::Kinesis::Stream":             {property: "Name", arn: "kinesis:{region}:{account}:stream/{name}"},
	"AWS::Lambda::Function":            {arn: "lambda:{region}:{account}:function:{name}"},
	"AWS::Lambda::LayerVersion":        {property: "LayerName", arn: "lambda:{region}:{account}:layer:{name}:1", ref: "arn"},
	"AWS::Logs::LogGroup":              {arn: "logs:{region}:{account}:log-group:{name}:*"},
	"AWS::S3::Bucket":                  {arn: "s3:::{name}"},
	"AWS::SecretsManager::Secret":      {property: "Name", arn: "secretsmanager:{region}:{account}:secret:{name}", ref: "arn"},
	"AWS::SNS::Topic":                  {arn: "sns:{region}:{account}:{name}", ref: "arn"},
	"AWS::SQS::Queue":                  {arn: "sqs:{region}:{account}:{name}", ref: "https://sqs.{region}.{suffix}/{account}/{name}"},
	"AWS::SSM::Parameter":              {property: "Name", arn: "ssm:{region}:{account}:parameter/{name}"},
	"AWS::StepFunctions::StateMachine": {arn: "states:{region}:{account}:stateMachine:{name}", ref: "arn"},
}

// kindOf is the kind of every type: those that the table lacks have a made-up
// ARN, "arn:aws:<service>:<region>:<account>:<name>". last is the type's last part.
func kindOf(typ string) (k kind, last string) {
	k = kinds[typ]
	parts := strings.Split(typ, "::")
	last = parts[len(parts)-1]
	if k.property == "" {
		k.property = last + "Name"
	}
	if k.arn == "" {
		service := "resource"
		if len(parts) == 3 {
			service = strings.ToLower(parts[1])
		}
		k.arn = service + ":{region}:{account}:{name}"
	}
	return k, last
}

// NameProperty is the property in which a template names a resource of the type.
func NameProperty(typ string) string {
	k, _ := kindOf(typ)
	return k.property
}

// Name is made as CloudFormation makes names: stack, logical id and 12 letters
// and digits. It keeps to 64 characters, the limit of function names (63 for
// S3's buckets, which have no capitals).
func (p Place) Name(typ, id string) string {
	suffix := base32.StdEncoding.EncodeToString(p.digest(id))[:12]
	stack, logical := p.Stack, id
	if limit := 63 - len("--") - len(suffix); len(stack)+len(logical) > limit {
		stack = stack[:min(len(stack), max(limit/2, limit-len(logical)))]
		logical = logical[:min(len(logical), limit-len(stack))]
	}
	name := stack + "-" + logical + "-" + suffix
	if typ == "AWS::S3::Bucket" {
		return strings.ToLower(name)
	}
	return name
}

// Ref is what Ref gives for a resource of that type, logical id and physical
// name. The versions and aliases of functions, and nested stacks, have other ones.
func (p Place) Ref(typ, id, name string) string {
	switch typ {
	case "AWS::ApiGatewayV2::Api":
		return p.shortID(id, 10)
	case "AWS::ApiGatewayV2::Integration", "AWS::ApiGatewayV2::Route":
		return p.shortID(id, 7)
	}
	switch k, _ := kindOf(typ); k.ref {
	case "":
		return name
	case "arn":
		return p.arn(k, name)
	default:
		return p.fill(k.ref, name)
	}
}

// Attribute is what Fn::GetAtt gives for a resource of that type, logical id
// and physical name. It is known where it follows from them.
func (p Place) Attribute(typ, id, name, attribute string) (value string, known bool) {
	k, last := kindOf(typ)
	switch {
	case typ == "AWS::ApiGatewayV2::Api" && attribute == "ApiId":
		return p.shortID(id, 10), true
	case typ == "AWS::ApiGatewayV2::Api" && attribute == "ApiEndpoint":
		return p.fill("https://{name}.execute-api.{region}.{suffix}", p.shortID(id, 10)), true
	case attribute == k.property:
		return name, true
	case attribute == "Arn", attribute == last+"Arn":
		return p.arn(k, name), true
	case attribute == last+"Url" && strings.HasPrefix(k.ref, "https:"):
		return p.fill(k.ref, name), true
	}
	return "", false
}

// FunctionARN reads the ways in which a Lambda function is named: name or ARN,
// each with or without a qualifier ("Lambda resource format in policies", Lambda
// Developer Guide), also within API Gateway's invocation URI. arn has no
// qualifier; a bare name is one of the place's account and Region.
func (p Place) FunctionARN(function string) (arn, qualifier string, err error) {
	if _, inner, ok := strings.Cut(function, ":lambda:path/2015-03-31/functions/"); ok {
		function = strings.TrimSuffix(inner, "/invocations")
	}
	if !strings.HasPrefix(function, "arn:") {
		name, qualifier, _ := strings.Cut(function, ":")
		if name == "" {
			return "", "", fmt.Errorf("%q names no function", function)
		}
		return p.arn(kinds["AWS::Lambda::Function"], name), qualifier, nil
	}
	parts := strings.Split(function, ":")
	if len(parts) < 7 || len(parts) > 8 || parts[2] != "lambda" || parts[5] != "function" {
		return "", "", fmt.Errorf("%q names no function", function)
	}
	if len(parts) == 8 {
		qualifier = parts[7]
	}
	return strings.Join(parts[:7], ":"), qualifier, nil
}

// StackID is the id of the stack itself, an ARN.
func (p Place) StackID() string {
	h := hex.EncodeToString(p.digest("stack id"))
	uuid := strings.Join([]string{h[:8], h[8:12], h[12:16], h[16:20], h[20:32]}, "-")
	return p.fill("arn:{partition}:cloudformation:{region}:{account}:stack/{name}/"+uuid, p.Stack)
}

// Partition is aws, or that of China or GovCloud.
func (p Place) Partition() string { return p.fill("{partition}", "") }

// URLSuffix is the domain of AWS's endpoints, for example amazonaws.com.
func (p Place) URLSuffix() string { return p.fill("{suffix}", "") }

// fill knows the partitions of "Amazon Resource Names (ARNs)", IAM User Guide,
// that have public Regions.
func (p Place) fill(format, name string) string {
	partition, suffix := "aws", "amazonaws.com"
	switch {
	case strings.HasPrefix(p.Region, "cn-"):
		partition, suffix = "aws-cn", "amazonaws.com.cn"
	case strings.HasPrefix(p.Region, "us-gov-"):
		partition = "aws-us-gov"
	}
	return strings.NewReplacer("{partition}", partition, "{suffix}", suffix,
		"{region}", p.Region, "{account}", p.Account, "{name}", name).Replace(format)
}

func (p Place) arn(k kind, name string) string { return p.fill("arn:{partition}:"+k.arn, name) }

// digest is 20 bytes that belong to a stack and what in it.
func (p Place) digest(what string) []byte {
	sum := sha256.Sum256([]byte(p.Account + "/" + p.Region + "/" + p.Stack + "/" + what))
	return sum[:20]
}

// shortID is an id as API Gateway gives them: lower-case letters and digits.
func (p Place) shortID(id string, length int) string {
	const alphabet = "abcdefghijklmnopqrstuvwxyz0123456789"
	b := p.digest(id)[:length]
	for i := range b {
		b[i] = alphabet[int(b[i])%len(alphabet)]
	}
	return string(b)
}
