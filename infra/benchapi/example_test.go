package benchapi_test

import (
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"

	"github.com/coldcrank/coldcrank/infra/benchapi"
)

// A function of the consumer's own would be named by Entry, for example
// "./cmd/orders"; without it the health function is built.
func ExampleNew() {
	app := awscdk.NewApp(nil)
	stack := awscdk.NewStack(app, new("Shop"), nil)
	table := awsdynamodb.NewTable(stack, new("Table"), &awsdynamodb.TableProps{
		PartitionKey: &awsdynamodb.Attribute{Name: new("id"), Type: awsdynamodb.AttributeType_STRING},
	})

	api := benchapi.New(stack, "Orders", &benchapi.Props{
		Route:       "GET /orders",
		MemorySize:  1024,
		Environment: map[string]string{"TABLE": *table.TableName()},
	})
	table.GrantReadData(api.Function)

	fmt.Println(api.Name)
	// Output: Orders
}
