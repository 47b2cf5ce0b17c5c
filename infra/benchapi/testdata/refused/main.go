// Refused is an app that the CDK refuses once the function has been built: more
// layers than a function may have.
package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"

	"github.com/coldcrank/coldcrank/infra/benchapi"
)

func main() {
	stack := awscdk.NewStack(awscdk.NewApp(nil), new("Test"), nil)
	layer := awslambda.LayerVersion_FromLayerVersionArn(stack, new("Layer"),
		new("arn:aws:lambda:eu-central-1:123456789012:layer:layer:1"))
	benchapi.New(stack, "Wrong", &benchapi.Props{
		Layers: []awslambda.ILayerVersion{layer, layer, layer, layer, layer, layer},
	})
}
