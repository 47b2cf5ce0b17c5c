// Infra is the CDK app of this repository: one stack with a benchmark API in
// front of lambda/health, or of other functions of this repository. cdk.json runs
// it.
//
// Context (-c key=value):
//
//	coldcrank:stack     name of the stack; another name is another deployment beside the first
//	coldcrank:memory    memory of the function in MB
//	coldcrank:function  health, floor, or health,floor for a benchmark API of each; default: health
package main

import (
	"cmp"
	"fmt"
	"os"
	"regexp"
	"strconv"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/coldcrank/coldcrank/infra/benchapi"
)

func main() {
	defer closeNode()
	app := awscdk.NewApp(nil)
	if err := addStack(app); err != nil {
		fmt.Fprintln(os.Stderr, "infra:", err)
		closeNode()
		os.Exit(1)
	}
	app.Synth(nil)
}

// closeNode ends Node and removes its files. It is the app's last act: jsii
// waits for Node in two places at once, and the one that loses would write to
// stderr that Node ended abnormally (jsii-runtime-go 1.139).
func closeNode() {
	os.Stderr = nil
	jsii.Close()
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
	chosen, err := functions(contextValue(app, "coldcrank:function"))
	if err != nil {
		return err
	}
	stack := awscdk.NewStack(app, &name, nil)
	for _, f := range chosen {
		benchapi.New(stack, f.id, &benchapi.Props{
			Entry:      f.entry,
			LDFlags:    f.ldflags,
			MemorySize: memory,
			// The functions have nothing to tell and nothing to lose, and anybody
			// can try the URLs.
			Auth: benchapi.AuthNone,
		})
	}
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
