package benchapi

import (
	"errors"
	"fmt"
	"os"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/constructs-go/constructs/v10"

	"github.com/coldcrank/coldcrank/infra/internal/gobuild"
)

// addFunction makes the function of the props, which is built for it unless
// they have Code.
func (a *API) addFunction(p Props) (err error) {
	if p.Code != nil {
		a.newFunction(p, p.Code, p.Handler, p.Runtime)
		return nil
	}
	dir, err := os.MkdirTemp("", "benchapi-")
	if err != nil {
		return err
	}
	keep := false // the assembly has a copy, or there will be no assembly
	defer func() {
		if !keep {
			err = errors.Join(err, os.RemoveAll(dir))
		}
	}()
	code, err := p.asset(a.Construct, dir)
	if err != nil {
		return err
	}
	a.newFunction(p, code, gobuild.Executable, awslambda.Runtime_PROVIDED_AL2023())
	keep = !staged(a.Construct)
	return nil
}

// newFunction makes the function of code, its role and its log group.
func (a *API) newFunction(p Props, code awslambda.Code, handler string, runtime awslambda.Runtime) {
	a.FunctionLogs = awslogs.NewLogGroup(a.Construct, new("FunctionLogs"), &awslogs.LogGroupProps{
		Retention:     p.LogRetention,
		RemovalPolicy: p.RemovalPolicy,
	})
	tracing := awslambda.Tracing_DISABLED
	if p.Tracing {
		tracing = awslambda.Tracing_ACTIVE
	}
	a.Function = awslambda.NewFunction(a.Construct, new("Function"), &awslambda.FunctionProps{
		Code:                         code,
		Handler:                      &handler,
		Runtime:                      runtime,
		Architecture:                 p.Architecture,
		MemorySize:                   new(float64(p.MemorySize)),
		Timeout:                      awscdk.Duration_Seconds(new(p.Timeout.Seconds())),
		Environment:                  environment(p.Environment),
		Layers:                       &p.Layers,
		Role:                         a.addRole(),
		LogGroup:                     a.FunctionLogs,
		LoggingFormat:                awslambda.LoggingFormat_JSON,
		SystemLogLevelV2:             p.SystemLogLevel,
		ApplicationLogLevelV2:        awslambda.ApplicationLogLevel_INFO,
		ReservedConcurrentExecutions: number(p.ReservedConcurrency),
		Tracing:                      tracing,
		CurrentVersionOptions: &awslambda.VersionOptions{
			// A version that a deployment replaces is never measured again.
			RemovalPolicy: awscdk.RemovalPolicy_DESTROY,
		},
	})
}

// takeFunction takes the function that the stack has already.
func (a *API) takeFunction(p Props) error {
	// From another stack the version would be an export that the alias holds,
	// and CloudFormation lets no deployment replace it.
	if *outermostStack(p.Function).Node().Addr() != *outermostStack(a.Construct).Node().Addr() {
		return fmt.Errorf("function %s is of another stack: make the benchmark API in that one", *p.Function.Node().Path())
	}
	if p.Function.Node().TryFindChild(new(takenID)) != nil {
		return fmt.Errorf("function %s has a benchmark API already, and there is one alias %s: give each function once", *p.Function.Node().Path(), aliasName)
	}
	constructs.NewConstruct(p.Function, new(takenID))
	a.Function, a.FunctionLogs = p.Function, p.LogGroup
	return nil
}

// takenID is the id of the child that marks a function as measured.
const takenID = "coldcrank:" + aliasName

// addRole makes a role that may write to the function's log group and nothing
// else. The CDK's own would get AWSLambdaBasicExecutionRole, which may write to
// every group of the account. An inline policy exists when the function does;
// a policy of its own could come after the first invocation.
func (a *API) addRole() awsiam.Role {
	return awsiam.NewRole(a.Construct, new("Role"), &awsiam.RoleProps{
		AssumedBy: awsiam.NewServicePrincipal(new("lambda.amazonaws.com"), nil),
		InlinePolicies: &map[string]awsiam.PolicyDocument{
			"Logs": awsiam.NewPolicyDocument(&awsiam.PolicyDocumentProps{
				Statements: &[]awsiam.PolicyStatement{
					awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
						Actions: &[]*string{new("logs:CreateLogStream"), new("logs:PutLogEvents")},
						// The ARN of a group ends in ":*": its streams.
						Resources: &[]*string{a.FunctionLogs.LogGroupArn()},
					}),
				},
			}),
		},
	})
}

func environment(m map[string]string) *map[string]*string {
	if len(m) == 0 {
		return nil
	}
	env := make(map[string]*string, len(m))
	for k, v := range m {
		env[k] = &v
	}
	return &env
}

func number(n *int) *float64 {
	if n == nil {
		return nil
	}
	return new(float64(*n))
}
