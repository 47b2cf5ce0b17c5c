package assembly

import "strings"

// kind says which name, Ref and ARN a type of resource has ("AWS resource and
// property types reference", CloudFormation, Return values; "Service
// Authorization Reference" for the ARNs).
type kind struct {
	property string // that names the resource; empty: the type's last part + "Name"
	arn      string // after the partition, with {region}, {account} and {name}
	ref      string // what Ref gives: "" the name, "arn", or a format as of arn
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
// ARN, "arn:aws:<service>:<region>:<account>:<name>".
func kindOf(typ string) kind {
	k := kinds[typ]
	parts := strings.Split(typ, "::")
	last := parts[len(parts)-1]
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
	return k
}

func (s *scope) fill(format, name string) string {
	return strings.NewReplacer("{region}", s.region, "{account}", s.account, "{suffix}", s.suffix, "{name}", name).Replace(format)
}

func (s *scope) arn(typ, name string) string {
	return "arn:" + s.partition.name + ":" + s.fill(kindOf(typ).arn, name)
}
