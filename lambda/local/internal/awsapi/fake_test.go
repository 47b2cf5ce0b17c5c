package awsapi

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/coldcrank/coldcrank/lambda/local/internal/function"
)

// fake is a function without environments. It records what it was asked and
// answers with err where that is set.
type fake struct {
	versions []function.Configuration
	reserved *int
	err      error
	asked    []string
	result   function.Result

	provisioned function.Provisioned
}

func (f *fake) note(format string, args ...any) {
	f.asked = append(f.asked, fmt.Sprintf(format, args...))
}

func (f *fake) Name() string { return "health" }

func (f *fake) ARN() string { return testARN }

func (f *fake) ReservedConcurrency() *int { return f.reserved }

func (f *fake) Get(qualifier string) (function.Configuration, error) {
	f.note("Get %q", qualifier)
	return f.versions[0], f.err
}

func (f *fake) Update(c function.Change, revisionID string) (function.Configuration, error) {
	f.note("Update %q %d %q", aws.ToString(c.Description), aws.ToInt(c.MemoryMB), revisionID)
	return f.versions[0], f.err
}

func (f *fake) Publish(description, codeSHA256, revisionID string) (function.Configuration, error) {
	f.note("Publish %q %q %q", description, codeSHA256, revisionID)
	return f.versions[len(f.versions)-1], f.err
}

func (f *fake) Versions() []function.Configuration { return slices.Clone(f.versions) }

func (f *fake) Alias(name string) (function.Alias, error) {
	f.note("Alias %q", name)
	return function.Alias{Name: name, ARN: testARN + ":" + name, FunctionVersion: "1", RevisionID: "r1", Weights: map[string]float64{"2": 0.25}}, f.err
}

func (f *fake) UpdateAlias(name string, c function.AliasChange, revisionID string) (function.Alias, error) {
	f.note("UpdateAlias %q %q %v %t %q", name, aws.ToString(c.Version), c.Weights, c.Weights == nil, revisionID)
	return function.Alias{Name: name, FunctionVersion: aws.ToString(c.Version)}, f.err
}

func (f *fake) DeleteVersion(number string) error {
	f.note("DeleteVersion %q", number)
	return f.err
}

func (f *fake) Run(_ context.Context, in function.Invocation) (function.Result, error) {
	f.note("Invoke %q %s%s", in.Qualifier, in.Payload, in.ClientContext)
	return f.result, f.err
}

func (f *fake) Provisioned(qualifier string) (function.Provisioned, bool, error) {
	return f.provisioned, f.provisioned.Requested > 0, f.err
}

func version(n string) function.Configuration {
	return function.Configuration{
		Name: "health", ARN: testARN, Version: n, Description: "d", Runtime: "provided.al2023", Handler: "bootstrap",
		Architecture: "arm64", MemoryMB: 512, Timeout: 10 * time.Second, EphemeralMB: 512, Environment: map[string]string{"A": "b"},
		Tracing: "PassThrough", LogGroup: "/aws/lambda/health", LogFormat: "JSON", SystemLogLevel: "INFO", ApplicationLogLevel: "INFO",
		CodeSHA256: "c2hh", CodeSize: 4711, LastModified: time.UnixMilli(1e12), State: "Active", LastUpdateStatus: "Successful", RevisionID: "r" + n,
	}
}
