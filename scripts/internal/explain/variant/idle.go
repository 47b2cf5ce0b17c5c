package variant

import (
	"fmt"
	"slices"
	"strings"
)

// serve is what an idle main package does, by its client.
var serve = map[string]struct{ imports, text string }{
	LambdaGo: {"context", `type idle struct{}

func (idle) Invoke(context.Context, []byte) ([]byte, error) { return []byte("{}"), nil }

func main() { client.Start(idle{}) }
`},
	RIC: {"context", `func main() {
	client.Start(func(context.Context, []byte) ([]byte, error) { return []byte("{}"), nil })
}
`},
	Typed: {"context", `func main() {
	client.StartJSON(func(context.Context, map[string]any) (map[string]any, error) { return nil, nil })
}
`},
	Bare: {"", `func main() {
	client.Start(func(*client.Invocation, []byte) ([]byte, error) { return []byte("{}"), nil })
}
`},
}

// Idle is the source of a main package that does nothing but serve events, through a
// client, and links what it is told to import. What belongs to the start is as it is in
// the program: package entry of lambda/ric, and the C library where the main package has
// cgo. ok is false for a client that it does not know.
func (s *Source) Idle(client string, imports []string) (source string, ok bool) {
	main, ok := serve[client]
	if !ok {
		return "", false
	}
	var b strings.Builder
	b.WriteString("package main\n\n")
	if len(s.Main().CgoFiles) > 0 {
		b.WriteString("import \"C\"\n\n")
	}
	fmt.Fprintf(&b, "import (\n\tclient %q\n", client)
	if main.imports != "" {
		fmt.Fprintf(&b, "\t%q\n", main.imports)
	}
	blank := slices.Clone(imports)
	if s.Links(Entry) {
		blank = append(blank, Entry)
	}
	slices.Sort(blank)
	for _, path := range slices.Compact(blank) {
		if path != client && path != main.imports {
			fmt.Fprintf(&b, "\t_ %q\n", path)
		}
	}
	fmt.Fprintf(&b, ")\n\n%s", main.text)
	return b.String(), true
}
