// Infra is the CDK app of somebody else's module: a function of its own, with
// a table that it may read.
package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/jsii-runtime-go"

	"github.com/coldcrank/coldcrank/infra/benchapi"
)

func main() {
	defer jsii.Close()
	app := awscdk.NewApp(nil)
	stack := awscdk.NewStack(app, new("Shop"), nil)
	table := awsdynamodb.NewTable(stack, new("Table"), &awsdynamodb.TableProps{
		PartitionKey: &awsdynamodb.Attribute{Name: new("id"), Type: awsdynamodb.AttributeType_STRING},
	})
	api := benchapi.New(stack, "Orders", &benchapi.Props{
		Entry:       "./orders",
		Route:       "GET /orders",
		Environment: map[string]string{"TABLE": *table.TableName()},
	})
	table.GrantReadData(api.Function)
	benchapi.New(stack, "Health", nil)
	app.Synth(nil)
}
