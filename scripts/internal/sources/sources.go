// Package sources knows which files a CDK app and its functions are made from, and
// sees when the content of one of them changes.
//
// It looks at the files instead of asking the operating system to be told: there are
// tens of them, a look takes a fraction of a millisecond, and it sees what an editor
// writes beside the file and renames, what a container or another machine writes into
// a shared folder, and a folder that comes, all in one way. Notifications would need
// a descriptor a file on macOS, from the number that bursts live on.
//
// What counts: cdk.json and the context files; of the Go packages that the app and
// the functions need, those of the main modules and of modules replaced by folders,
// with what they embed; go.mod, go.sum and go.work. Where the app is not run by
// "go run", all files in its folder count, apart from what tools write there.
// Not seen are other files that the app reads, such as a folder given as Code.
package sources

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// App is a CDK app as far as its sources are asked for.
type App struct {
	Dir      string // absolute; the folder of cdk.json
	Command  string // "app" of cdk.json: a command, or the folder of an assembly
	Build    string // "build" of cdk.json; may be empty
	Assembly string // the folder of the last assembly, whose functions are looked for

	// Except are files that do not count, such as those to which the caller itself
	// writes: where a whole folder counts, they may be in it.
	Except []os.FileInfo
}

// Set is the files that count.
type Set struct {
	files   []string // by name, whether or not they are there
	folders map[string]rule
	tree    string // all files below; empty: none
	except  []os.FileInfo

	// Unseen are main packages of functions whose sources are not here.
	Unseen []string
}

// rule says which files of a folder count.
type rule struct {
	all bool // else those that the Go tool may compile
}

// built are the extensions of files that `go build` reads.
// Source: "go help packages" and go/build, Context.matchFile.
var built = []string{".go", ".c", ".cc", ".cpp", ".cxx", ".m", ".h", ".hh", ".hpp", ".hxx", ".f", ".F", ".for", ".f90", ".s", ".S", ".sx", ".swig", ".swigcxx", ".syso"}

func (r rule) counts(name string) bool {
	if strings.HasSuffix(name, "_test.go") {
		return false
	}
	return r.all || slices.Contains(built, filepath.Ext(name))
}

// counts reports whether a file would count if it were there. Those of the tree are
// left out.
func (s *Set) counts(name string) bool {
	if slices.Contains(s.files, name) {
		return true
	}
	r, ok := s.folders[filepath.Dir(name)]
	return ok && r.counts(filepath.Base(name))
}

// written are folders that tools write, which no app is made from.
var written = []string{"node_modules", "cdk.out", "results"}

// Find finds the files that count.
func Find(ctx context.Context, a App) (*Set, error) {
	s := &Set{folders: map[string]rule{}, except: a.Except}
	s.files = append(s.files, filepath.Join(a.Dir, "cdk.json"), filepath.Join(a.Dir, "cdk.context.json"))
	if home, err := os.UserHomeDir(); err == nil {
		s.files = append(s.files, filepath.Join(home, ".cdk.json"))
	}
	packages, ok := runs(a.Command)
	if made := under(a.Dir, a.Command); isDir(made) {
		s.tree = made
	} else if !ok || a.Build != "" {
		s.tree = a.Dir
	} else if _, err := s.list(ctx, query{dir: a.Dir, packages: packages}); err != nil {
		return nil, err
	}
	if err := s.functions(ctx, a); err != nil {
		return nil, err
	}
	slices.Sort(s.files)
	s.files = slices.Compact(s.files)
	return s, nil
}

// inTree reports whether a file is in the folder of which all counts.
func (s *Set) inTree(name string) bool {
	return s.tree != "" && strings.HasPrefix(name, s.tree+string(filepath.Separator))
}

// under is a name as it is meant in a folder.
func under(dir, name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(dir, name)
}

func isDir(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}

// runs takes the packages or files out of a command that runs a Go program here and
// does nothing else that matters. ok is false for any other.
func runs(command string) (packages []string, ok bool) {
	if strings.ContainsAny(command, "\"'`$\\;|<>(){}*?\n") {
		return nil, false
	}
	parts := strings.Split(command, "&&")
	for _, p := range parts[:len(parts)-1] {
		if words := strings.Fields(p); len(words) < 2 || words[0] != "go" || words[1] != "mod" {
			return nil, false
		}
	}
	words := strings.Fields(parts[len(parts)-1])
	if len(words) < 3 || words[0] != "go" || words[1] != "run" {
		return nil, false
	}
	for _, w := range words[2:] {
		switch {
		case packages == nil && strings.HasPrefix(w, "-"):
			// A flag whose value is a word of its own would be taken for a package.
			if !strings.Contains(w, "=") {
				return nil, false
			}
		case packages == nil, strings.HasSuffix(w, ".go") && strings.HasSuffix(packages[0], ".go"):
			packages = append(packages, w)
		default: // the program's own arguments
			return packages, true
		}
	}
	return packages, packages != nil
}
