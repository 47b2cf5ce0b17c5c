module github.com/coldcrank/coldcrank/lambda/local/internal/clients/testdata/proxy

go 1.26.0

require (
	github.com/aws/aws-lambda-go v1.55.1
	github.com/awslabs/aws-lambda-go-api-proxy v0.16.2
)
