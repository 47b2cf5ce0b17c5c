package app

import (
	"context"
	"os/exec"
	"strings"
)

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

func (a *App) git(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir = a.Dir
	out, err := cmd.Output()
	return strings.TrimSpace(string(out)), err
}
