// Infra is the CDK app of this repository: one stack with a benchmark API in
// front of lambda/health. cdk.json runs it.
//
// Context (-c key=value):
//
//	coldcrank:stack   name of the stack; another name is another deployment beside the first
//	coldcrank:memory  memory of the function in MB
package main

import (
	"cmp"
	"fmt"
	"os"
	"regexp"
	"strconv"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/constructs-go/constructs/v10"

	"github.com/coldcrank/coldcrank/infra/benchapi"
)

// main leaves out jsii.Close: Node ends with this process anyway, and Close
// waits for it in two places at once, of which the loser complains on stderr
// in every other run (jsii-runtime-go 1.139).
func main() {
	app := awscdk.NewApp(nil)
	if err := addStack(app); err != nil {
		fmt.Fprintln(os.Stderr, "infra:", err)
		os.Exit(1)
	}
	app.Synth(nil)
}

// addStack makes the stack as the context says.
func addStack(app awscdk.App) error {
	name := cmp.Or(contextValue(app, "coldcrank:stack"), "Coldcrank")
	if !stackName.MatchString(name) {
		return fmt.Errorf("context coldcrank:stack=%s: give a letter, then up to 127 letters, digits and hyphens", name)
	}
	var memory int
	if s := contextValue(app, "coldcrank:memory"); s != "" {
		var err error
		if memory, err = strconv.Atoi(s); err != nil || memory <= 0 {
			return fmt.Errorf("context coldcrank:memory=%s: give a number of MB, for example 1024", s)
		}
	}
	stack := awscdk.NewStack(app, &name, nil)
	benchapi.New(stack, "Health", &benchapi.Props{
		MemorySize: memory,
		// The function has nothing to tell and nothing to lose, and anybody can
		// try the URL.
		Auth: benchapi.AuthNone,
	})
	return nil
}

// stackName is what CloudFormation takes (API Reference, CreateStack).
var stackName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]{0,127}$`)

// contextValue returns a value of the context as text, empty where there is none:
// -c gives strings, cdk.json may have a number.
func contextValue(scope constructs.Construct, key string) string {
	v := scope.Node().TryGetContext(&key)
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}
