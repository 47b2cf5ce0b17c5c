package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/coldcrank/coldcrank/infra/outputs"
	"github.com/coldcrank/coldcrank/scripts/internal/app"
	"github.com/coldcrank/coldcrank/scripts/internal/sources"
)

// rebuild builds anew when sources change or the user asks, until ctx is done.
func (s *serving) rebuild(ctx context.Context, asked <-chan struct{}) {
	since := s.built
	if s.flags.noBuild {
		since = time.Now()
	}
	var watch *sources.Watch
	if set, err := s.sources(ctx); err != nil {
		fmt.Fprintf(s.talk, "coldcrank: warning: changes of sources are not seen: %s\n", printable(err.Error()))
	} else {
		watch = sources.NewWatch(set, since, s.ready)
	}
	for {
		changed, ok := await(ctx, watch, asked)
		if !ok {
			return
		}
		if changed != nil {
			fmt.Fprintf(s.talk, "changed: %s\n", printable(nearAll(changed)))
		}
		since = time.Now()
		built := func() {}
		if watch != nil {
			built = watch.Built
		}
		if err := s.reload(ctx, built); err != nil {
			if ctx.Err() != nil {
				return
			}
			printError(s.talk, err)
			fmt.Fprintln(s.talk, "what was served before is served still")
		}
		set, err := s.sources(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil: // such as of a go.mod that cannot be read: mending it is a change
			fmt.Fprintf(s.talk, "coldcrank: warning: new sources are not seen: %s\n", printable(err.Error()))
		case watch == nil:
			watch = sources.NewWatch(set, since, time.Now())
		default:
			watch.Renew(set, since)
		}
	}
}

// await waits until sources change or the user asks. ok is false when ctx is done.
func await(ctx context.Context, watch *sources.Watch, asked <-chan struct{}) (changed []string, ok bool) {
	watching, stop := context.WithCancel(ctx)
	found := make(chan []string, 1)
	go func() {
		defer close(found)
		if watch == nil {
			<-watching.Done()
			return
		}
		if names, err := watch.Wait(watching); err == nil {
			found <- names
		}
	}()
	select {
	case changed, ok = <-found:
		stop()
	case <-asked:
		stop()
		changed, ok = <-found, true
	}
	return changed, ok
}

func (s *serving) sources(ctx context.Context) (*sources.Set, error) {
	a := s.stage.app
	made := sources.App{Dir: a.Dir, Command: a.Command(), Build: a.Build(), Assembly: s.stage.assembly}
	for _, f := range []*os.File{os.Stdout, os.Stderr} { // in a file of the app's folder they would change it at every reload
		if info, err := f.Stat(); err == nil {
			made.Except = append(made.Except, info)
		}
	}
	set, err := sources.Find(ctx, made)
	if err != nil {
		return nil, err
	}
	for _, pkg := range set.Unseen {
		fmt.Fprintf(s.talk, "coldcrank: warning: changes of %s are not seen: its sources are not in %s\n", printable(pkg), printable(a.Dir))
	}
	return set, nil
}

// reload puts what the sources are now in the place of what is served. It calls built
// when the app's own command has ended.
func (s *serving) reload(ctx context.Context, built func()) error {
	here, err := app.Find(s.stage.app.Dir) // cdk.json may be another
	if err != nil {
		return err
	}
	s.stage.app = here
	dir, err := s.stage.synth(ctx, s.extra, s.talk)
	built()
	if err != nil {
		return err
	}
	x := s.stage.executor
	before, routes := deployments(x.Targets()), x.Routes()
	if err := x.Reload(dir); err != nil {
		return err
	}
	s.stage.assembly = dir
	s.write()
	for _, w := range x.Warnings() {
		fmt.Fprintf(s.talk, "coldcrank: warning: %s\n", printable(w))
	}
	for _, t := range x.Targets() {
		switch old, ok := before[t.String()]; {
		case !ok:
			fmt.Fprintf(s.talk, "%s: deployment %s, new\n", printable(t.String()), printable(t.DeploymentID))
		case old == t.DeploymentID:
			fmt.Fprintf(s.talk, "%s: deployment %s as before\n", printable(t.String()), printable(old))
		default:
			fmt.Fprintf(s.talk, "%s: deployment %s → %s\n", printable(t.String()), printable(old), printable(t.DeploymentID))
		}
	}
	if !slices.Equal(routes, x.Routes()) {
		s.tellRoutes()
	}
	return nil
}

func deployments(targets []outputs.Target) map[string]string {
	ids := map[string]string{}
	for _, t := range targets {
		ids[t.String()] = t.DeploymentID
	}
	return ids
}

// nearAll names files, the first few of many.
func nearAll(files []string) string {
	const most = 3
	var names []string
	for _, f := range files[:min(len(files), most)] {
		names = append(names, near(f))
	}
	if more := len(files) - most; more > 0 {
		names = append(names, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(names, ", ")
}
