package main

import (
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// measureOnAWS is the docs page of that name.
func measureOnAWS(t *testing.T) string {
	t.Helper()
	return string(readFile(t, "..", "..", "docs", "measure-on-aws.md"))
}

// commandsOf are the commands of a page: lines of consoles after a "$", and the
// steps of workflows.
func commandsOf(page string) (commands [][]string) {
	for _, m := range regexp.MustCompile(`(?m)^\s*(?:\$|- run:|run:) (.+)$`).FindAllStringSubmatch(page, -1) {
		line, _, _ := strings.Cut(m[1], " > ") // a shell's redirection
		commands = append(commands, strings.Fields(line))
	}
	return commands
}

// TestDocsCommands checks every command of the page as far as that goes without
// AWS: that coldcrank takes it, and that the CDK CLI is the one that works with
// the library. TestE2EDocs asks the other programs.
func TestDocsCommands(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range commandsOf(measureOnAWS(t)) {
		line := strings.Join(c, " ")
		switch {
		case line == "go build -o coldcrank ./scripts/coldcrank": // not go run, which loses exit codes
			seen["go build"] = true
		case c[0] == "./coldcrank":
			if !seen["go build"] {
				t.Errorf("%s: not built before", line)
			}
			seen[taken(t, line, c[1:])] = true
		case c[0] == "npx":
			if c[1] != "aws-cdk@"+cdkVersion {
				t.Errorf("%s: want aws-cdk@%s", line, cdkVersion)
			}
			seen["cdk "+c[2]] = true
		case c[0] == "aws":
			seen["aws "+c[1]] = true
		default:
			t.Errorf("%s: nothing checks this command", line)
		}
	}
	for _, want := range []string{"go build", "run", "show", "restore", "policy", "cdk bootstrap", "cdk deploy", "cdk diff", "cdk destroy", "aws iam"} {
		if !seen[want] {
			t.Errorf("the page has no command %q", want)
		}
	}
}

// TestDocsWorkflow checks that actions are pinned by commit.
func TestDocsWorkflow(t *testing.T) {
	pins(t, measureOnAWS(t), 5)
}

// TestDocsTroubleshooting holds the page's table against the code: every text by
// which target, recycle and collect refuse something or warn is there, and none
// that the code does not have.
func TestDocsTroubleshooting(t *testing.T) {
	_, section, ok := strings.Cut(measureOnAWS(t), "\n## Troubleshooting\n")
	section, _, more := strings.Cut(section, "\n## ")
	if !ok || !more {
		t.Fatal("no section on troubleshooting")
	}
	var explained []string
	for _, m := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\| .+ \\|$").FindAllStringSubmatch(section, -1) {
		explained = append(explained, m[1])
	}
	said := textsIn(t, filepath.Join("..", "internal", "target"), filepath.Join("..", "internal", "recycle"), filepath.Join("..", "internal", "collect"), ".")
	for _, text := range said {
		known := slices.ContainsFunc(explained, func(e string) bool { return strings.HasPrefix(text.text, e) })
		if text.explain && !known {
			t.Errorf("%s: docs/measure-on-aws.md does not explain: %s", text.file, text.text)
		}
	}
	for _, text := range explained {
		if !slices.ContainsFunc(said, func(s statement) bool { return s.text == text }) {
			t.Errorf("explained, and no text of the code: %s", text)
		}
	}
}

// statement is a text that the command prints.
type statement struct {
	text, file string
	explain    bool // not merely a frame around another text
}

// verb is a verb of package fmt.
var verb = regexp.MustCompile(`%(\.\d)?[a-z]`)

// textsIn returns the texts of errors and warnings in the folders' Go files,
// with … for what is filled in. Some need no explanation: those of this folder,
// most of which are of wrong usage and say what is right; those of open.go, about
// journals that no run has written.
func textsIn(t *testing.T, dirs ...string) (texts []statement) {
	t.Helper()
	for _, dir := range dirs {
		files, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			name := filepath.Join(dir, f.Name())
			if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
				continue
			}
			file, err := parser.ParseFile(gotoken.NewFileSet(), name, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(file, func(n ast.Node) bool {
				c, ok := n.(*ast.CallExpr)
				if !ok {
					return true
				}
				at, known := map[string]int{"New": 0, "Errorf": 0, "usagef": 0, "Fprintf": 1, "Fprintln": 1, "fail": 1, "warn": 1, "add": 2}[calledName(c.Fun)]
				if !known || len(c.Args) <= at {
					return true
				}
				text := strings.TrimSpace(verb.ReplaceAllString(strings.ReplaceAll(literal(c.Args[at]), "%%", "%"), "…"))
				text = strings.TrimSuffix(strings.TrimPrefix(text, "…: "), ": …")
				if words := strings.Fields(strings.ReplaceAll(text, "…", " ")); len(words) > 0 {
					explain := dir != "." && len(words) > 3 && !strings.HasPrefix(text, "…:") && f.Name() != "open.go"
					texts = append(texts, statement{text, name, explain})
				}
				return true
			})
		}
	}
	return texts
}

func calledName(f ast.Expr) string {
	switch f := f.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return f.Sel.Name
	}
	return ""
}

// literal is the text of a string, without what is added to it that is none.
func literal(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		if text, err := strconv.Unquote(e.Value); err == nil && e.Kind == gotoken.STRING {
			return text
		}
	case *ast.BinaryExpr:
		if e.Op == gotoken.ADD {
			return literal(e.X) + literal(e.Y)
		}
	}
	return "…"
}

// taken returns the subcommand that takes a line's arguments as they are.
func taken(t *testing.T, line string, args []string) (name string) {
	t.Helper()
	cmd, args, err := newRoot().Find(args)
	if err != nil || !cmd.Runnable() || cmd.Name() == "coldcrank" {
		t.Errorf("%s: %v", line, err)
		return ""
	}
	err = cmd.ParseFlags(args)
	if err == nil {
		err = cmd.ValidateArgs(cmd.Flags().Args())
	}
	if err != nil {
		t.Errorf("%s: %v", line, err)
	}
	return cmd.Name()
}

// TestDocsLoad checks that coldcrank takes the commands of the page on load.
func TestDocsLoad(t *testing.T) {
	commands := commandsOf(string(readFile(t, "..", "..", "docs", "load.md")))
	if len(commands) == 0 {
		t.Fatal("the page has no command")
	}
	for _, c := range commands {
		taken(t, strings.Join(c, " "), c[1:])
	}
}
