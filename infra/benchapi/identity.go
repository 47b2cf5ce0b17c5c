package benchapi

import (
	"strconv"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/constructs-go/constructs/v10"

	"github.com/coldcrank/coldcrank/infra/outputs"
)

// deploymentID is the hash that the CDK puts at the end of the logical id of
// the function's current version. It is the CDK's own answer to "does this
// deployment change the function?", and sees what is set after New as well:
// the hash is asked for at the end of the synth.
func deploymentID(v awslambda.Version) *string {
	resource := v.Node().DefaultChild().(awslambda.CfnVersion)
	return awscdk.Lazy_UncachedString(&versionHash{resource}, &awscdk.LazyStringValueOptions{
		DisplayHint: new("DeploymentId"),
	})
}

// versionHash implements awscdk.IStringProducer.
type versionHash struct{ version awslambda.CfnVersion }

// hashLength is that of MD5 in hex digits.
const hashLength = 32

func (h *versionHash) Produce(awscdk.IResolveContext) *string {
	id := h.version.Stack().Resolve(h.version.LogicalId()).(string)
	return new(id[max(0, len(id)-hashLength):])
}

// memorySize is the function's memory at the end of the synth, in MB.
type memorySize struct{ function awslambda.CfnFunction }

func (m *memorySize) Produce(awscdk.IResolveContext) *string {
	mb := m.function.MemorySize()
	if mb == nil {
		return new("128") // Lambda's default (CloudFormation, AWS::Lambda::Function)
	}
	return new(strconv.Itoa(int(*mb)))
}

// addOutputs makes the outputs in scope, which is in the stack that has an
// entry in the outputs file.
func (a *API) addOutputs(stack awscdk.Stack, scope constructs.Construct, p Props) {
	memory := awscdk.Lazy_UncachedString(
		&memorySize{a.Function.Node().DefaultChild().(awslambda.CfnFunction)},
		&awscdk.LazyStringValueOptions{DisplayHint: new("MemorySize")})
	type output struct {
		field outputs.Field
		value *string
	}
	values := []output{
		{outputs.FunctionName, a.Function.FunctionName()},
		{outputs.Alias, new(aliasName)},
		{outputs.Version, a.Version.Version()},
		{outputs.FunctionLogs, a.FunctionLogs.LogGroupName()},
		{outputs.DeploymentID, a.DeploymentID},
		{outputs.MemorySize, memory},
		{outputs.Architecture, a.Function.Architecture().Name()},
		{outputs.Region, stack.Region()},
	}
	if !p.WithoutAPI {
		values = append(values,
			output{outputs.URL, a.URL},
			output{outputs.Route, &p.Route},
			output{outputs.AccessLogs, a.AccessLogs.LogGroupName()},
			output{outputs.Auth, new(string(p.Auth))},
			output{outputs.BurstLimit, new(strconv.Itoa(p.BurstLimit))},
			output{outputs.RateLimit, new(strconv.Itoa(p.RateLimit))})
	}
	for _, o := range values {
		out := awscdk.NewCfnOutput(scope, new(string(o.field)), &awscdk.CfnOutputProps{Value: o.value})
		out.OverrideLogicalId(new(outputs.LogicalID(a.Name, o.field)))
	}
}
