package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// RefError is a git ref that an app cannot be taken from.
type RefError struct {
	Ref    string
	Reason string
	Hint   string // what to do; may be empty

	err error
}

func (e *RefError) Error() string { return fmt.Sprintf("git ref %q: %s", e.Ref, e.Reason) }

// Unwrap is ErrNotFound where the commit is there and has no CDK app.
func (e *RefError) Unwrap() error { return e.err }

// At returns the app as it is in a commit: in a work tree of its own, in a
// temporary place, that close removes. The caller's work tree, index and branches
// stay as they are, and no hook runs. Files that git does not keep, such as
// node_modules, are not there.
// Errors: *RefError.
func (a *App) At(ctx context.Context, ref string) (at *App, close func() error, err error) {
	top, err := a.git(ctx, "rev-parse", "--show-toplevel")
	if err != nil {
		return nil, nil, &RefError{Ref: ref, Reason: "the app is in no git repository", Hint: "measure two outputs files instead: --outputs NEW --against OLD"}
	}
	commit, err := a.git(ctx, "rev-parse", "--verify", "--quiet", "--end-of-options", ref+"^{commit}")
	if err != nil || commit == "" {
		return nil, nil, &RefError{Ref: ref, Reason: "there is no such commit here", Hint: a.missing(ctx, ref)}
	}
	prefix, err := a.git(ctx, "rev-parse", "--show-prefix") // of the app's folder, from top
	if err != nil {
		return nil, nil, fmt.Errorf("git rev-parse: %w", err)
	}
	temp, err := os.MkdirTemp("", "coldcrank-ref-")
	if err != nil {
		return nil, nil, err
	}
	dir := filepath.Join(temp, filepath.Base(top))
	close = func() error {
		// Removing must go on when the run is broken off.
		_, gitErr := a.git(context.WithoutCancel(ctx), "worktree", "remove", "--force", dir)
		err := os.RemoveAll(temp)
		if gitErr != nil { // git forgets what is not there
			_, gitErr = a.git(context.WithoutCancel(ctx), "worktree", "prune")
		}
		return errors.Join(err, gitErr)
	}
	if _, err := a.git(ctx, "-c", "core.hooksPath="+os.DevNull, "worktree", "add", "--detach", "--quiet", dir, commit); err != nil {
		return nil, nil, errors.Join(&RefError{Ref: ref, Reason: "git worktree add: " + said(err)}, close())
	}
	at, err = Find(filepath.Join(dir, filepath.FromSlash(prefix)))
	if err == nil && !within(at.Dir, dir) {
		err = ErrNotFound // a cdk.json of a folder above the work tree is not the commit's
	}
	if errors.Is(err, ErrNotFound) {
		err = &RefError{ref, "it has no cdk.json in " + filepath.Join(".", filepath.FromSlash(prefix)), "name a commit that has the CDK app", ErrNotFound}
	}
	if err != nil {
		return nil, nil, errors.Join(err, close())
	}
	return at, close, nil
}

// branch is a name that can stand in a command as it is.
var branch = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._/-]*$`)

// missing is what to do about a commit that is not there.
func (a *App) missing(ctx context.Context, ref string) string {
	name := strings.TrimPrefix(ref, "origin/")
	if branch.MatchString(name) {
		if name == ref && a.has(ctx, "refs/remotes/origin/"+name) {
			return "there is origin/" + name + ": name that one"
		}
		if shallow, err := a.git(ctx, "rev-parse", "--is-shallow-repository"); err == nil && shallow == "true" {
			return fmt.Sprintf("the clone is shallow: `git fetch origin %s:refs/remotes/origin/%[1]s`, then name origin/%[1]s", name)
		}
	}
	return "`git branch --all` and `git tag` show what there is"
}

func (a *App) has(ctx context.Context, ref string) bool {
	_, err := a.git(ctx, "show-ref", "--verify", "--quiet", ref)
	return err == nil
}

func within(dir, folder string) bool {
	rel, err := filepath.Rel(folder, dir)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

// said is what a program wrote before it failed.
func said(err error) string {
	var exit *exec.ExitError
	if errors.As(err, &exit) && len(exit.Stderr) > 0 {
		return strings.TrimSpace(string(exit.Stderr))
	}
	return err.Error()
}
