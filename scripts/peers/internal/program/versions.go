package program

import (
	"context"
	"os/exec"
	"regexp"
	"strings"
)

// pin finds the crates of Cargo.toml with their versions.
var pin = regexp.MustCompile(`(?m)^(\w+) = .*"=([\d.]+)"`)

// Versions says of what the functions are made: the crates, Rust and aws-lambda-go,
// as far as this machine tells.
func Versions(ctx context.Context) string {
	manifest, err := reference.ReadFile("reference/Cargo.toml")
	if err != nil {
		panic(err) // it is embedded
	}
	var list []string
	for _, m := range pin.FindAllSubmatch(manifest, -1) {
		list = append(list, string(m[1])+" "+string(m[2]))
	}
	for _, args := range [][]string{
		{"rustc", "--version"},
		{"go", "list", "-m", "-f", "aws-lambda-go {{.Version}}", "github.com/aws/aws-lambda-go"},
	} {
		// Who is not there is told by the line of the function.
		if out, err := exec.CommandContext(ctx, args[0], args[1:]...).Output(); err == nil {
			list = append(list, strings.TrimSpace(string(out)))
		}
	}
	return strings.Join(list, " · ")
}
