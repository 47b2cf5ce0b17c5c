package app

import (
	"context"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// gitPlaces are the variables that lead git elsewhere than to the folder that it is
// called in ("git rev-parse --local-env-vars" lists them).
var gitPlaces = []string{"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR", "GIT_NAMESPACE"}

// Commit is the state of the repository that an app is in.
type Commit struct {
	Hash  string // 40 hex digits
	Dirty bool   // something git tracks, or does not ignore, differs from the commit
}

// Commit returns the commit that the app's directory is at. ok is false where
// it is in no git repository, the repository has no commit, or git is not
// installed: results are tagged without a commit then.
func (a *App) Commit(ctx context.Context) (c Commit, ok bool) {
	hash, err := a.git(ctx, "rev-parse", "--verify", "HEAD")
	if err != nil {
		return Commit{}, false
	}
	status, err := a.git(ctx, "status", "--porcelain")
	if err != nil {
		return Commit{}, false
	}
	return Commit{Hash: hash, Dirty: status != ""}, true
}

// Folder is the app's folder as seen from the repository's top; empty for the top
// itself, and where there is no repository.
func (a *App) Folder(ctx context.Context) string {
	prefix, err := a.git(ctx, "rev-parse", "--show-prefix")
	if err != nil {
		return ""
	}
	return strings.TrimSuffix(prefix, "/")
}

func (a *App) git(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir = a.Dir
	// A git hook or an alias that calls coldcrank has set where git looks.
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return slices.Contains(gitPlaces, name)
	})
	out, err := cmd.Output()
	return strings.TrimSpace(string(out)), err
}
