package gobuild

import (
	"errors"
	"strings"
)

// What callers tell apart. The error that Run returns wraps one of them and
// says in one line, after "build ENTRY: ", what is wrong and what to do.
var (
	// ErrNoGo: there is no go command in PATH.
	ErrNoGo = errors.New("go is not installed")

	// ErrNotFound: Entry names no folder with Go files for the platform, or no
	// package of a module that the app requires.
	ErrNotFound = errors.New("package not found")

	// ErrNotMain: Entry is a package that is no program.
	ErrNotMain = errors.New("package is not main")

	// ErrVendored: Entry is an import path, the app vendors its dependencies,
	// and neither its vendor folder nor the module cache has the module whole.
	ErrVendored = errors.New("module is vendored without the package")
)

// CompileError is a package that does not build. Run returns it as it is, so
// that its lines begin where an editor looks for positions.
type CompileError struct {
	Package string   // import path
	Lines   []string // what the go command says: position and fault, positions relative to Build.ModuleDir
}

// Error returns the lines, and nothing beside them.
func (e *CompileError) Error() string { return strings.Join(e.Lines, "\n") }

// goError is a go command that ran and failed.
type goError struct {
	lines []string
}

func (e *goError) Error() string { return strings.Join(e.lines, "\n") }

// faults returns the lines of the go command's stderr that say what is wrong,
// without its headings ("# package") and its progress.
func faults(stderr string) []string {
	var lines []string
	for line := range strings.Lines(stderr) {
		line = strings.TrimRight(line, " \t\r\n")
		if line == "" || strings.HasPrefix(line, "# ") ||
			strings.HasPrefix(line, "go: downloading ") || strings.HasPrefix(line, "go: finding ") {
			continue
		}
		lines = append(lines, line)
	}
	return lines
}
