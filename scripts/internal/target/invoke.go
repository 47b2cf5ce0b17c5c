package target

import (
	"context"
	"fmt"
	"net/url"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
)

// InvokeURL is the address of Lambda's Invoke for what the alias leads to
// (Lambda API Reference, "Invoke"), at the endpoint that the SDK would use.
func (t *Target) InvokeURL(ctx context.Context) (string, error) {
	o := t.Lambda.Options()
	endpoint, err := o.EndpointResolverV2.ResolveEndpoint(ctx, lambda.EndpointParameters{
		Region: &t.Region, Endpoint: o.BaseEndpoint,
		UseFIPS:      new(o.EndpointOptions.UseFIPSEndpoint == aws.FIPSEndpointStateEnabled),
		UseDualStack: new(o.EndpointOptions.UseDualStackEndpoint == aws.DualStackEndpointStateEnabled),
	})
	if err != nil {
		return "", fmt.Errorf("%s: endpoint of Lambda: %w", t, err)
	}
	u := endpoint.URI.JoinPath("2015-03-31", "functions", t.FunctionName, "invocations")
	u.RawQuery = url.Values{"Qualifier": {t.Alias}}.Encode()
	return u.String(), nil
}
