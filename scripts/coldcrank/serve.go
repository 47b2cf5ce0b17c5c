package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/coldcrank/coldcrank/lambda/local"
	"github.com/coldcrank/coldcrank/scripts/internal/app"
)

// serveFlags are the flags of coldcrank serve.
type serveFlags struct {
	context   []string
	noBuild   bool
	port      int
	accessLog bool
}

func newServe() *cobra.Command {
	f := new(serveFlags)
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Can I poke at it locally?",
		Long: `serve synthesizes the CDK app found here or in a parent folder, runs its functions
on the local executor, and stays: it prints the URL of every route, the outputs file
by which run measures what is served, and the functions' logs as they are written,
on stdout.

When the sources of the app or of a function change, it builds anew and puts the new
deployment in the place of the old one, at the same URLs. Requests under way end on
the environments that they have. Where the build fails, what was there stays.

On stdin, r and Enter recycles: every environment ends, and the next request is a cold
start; so does the signal USR1. b and Enter builds anew without a change. q and Enter
or Ctrl-C ends it.`,
		Example: `  coldcrank serve
  coldcrank serve --port 8080 -c stage=dev
  coldcrank run --outputs .coldcrank/outputs-4711.json   # in another terminal`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.serve(cmd) },
	}
	flags := cmd.Flags()
	flags.StringArrayVarP(&f.context, "context", "c", nil, "CDK context for the synth, `key=value`; repeatable")
	flags.BoolVar(&f.noBuild, "no-build", false, "begin with the assembly of the last local run instead of a new synth")
	flags.IntVar(&f.port, "port", 0, "`port` of the first API; further APIs, and then the AWS API, have those that follow (default: any)")
	flags.BoolVar(&f.accessLog, "access-log", false, "print the APIs' access logs as well")
	return cmd
}

// serving is a stack that is served.
type serving struct {
	flags *serveFlags
	stage *stage
	extra map[string]string // context
	talk  io.Writer
	built time.Time // when the first build began
	ready time.Time // when it had ended
}

func (f *serveFlags) serve(cmd *cobra.Command) error {
	extra, err := pairs("context", f.context)
	switch {
	case err != nil:
		return err
	case f.noBuild && f.context != nil:
		return usagef("--no-build uses the last assembly: --context cannot change it")
	case f.port < 0 || f.port > 65535:
		return usagef("--port %d: a number from 1 to 65535, or 0 for any", f.port)
	}
	talk := cmd.ErrOrStderr()
	signals, ctx := watchSignals(cmd.Context(), talk)
	defer signals.close()
	recycle := make(chan os.Signal, 1)
	signal.Notify(recycle, syscall.SIGUSR1)
	defer signal.Stop(recycle)

	here, err := app.Find(".")
	if err != nil {
		return atSource(err)
	}
	s := &serving{flags: f, extra: extra, talk: talk, built: time.Now()}
	s.stage = &stage{app: here, options: local.Options{Port: f.port}}
	err = s.stage.startLocal(ctx, f.noBuild, extra, talk)
	s.ready = time.Now()
	if err == nil {
		err = s.stay(ctx, cmd, recycle)
	} else {
		err = orSignal(ctx, err)
	}
	if closeErr := s.stage.close(); err == nil {
		err = closeErr
	}
	return err
}

// freshen is how often the outputs file is written again: what is an hour old in that
// folder is taken for what a killed command left (see package app).
const freshen = 10 * time.Minute

// unread is how long the last log events wait for somebody who reads them.
const unread = time.Second

// stay serves until the user or a signal ends it, which is no error.
func (s *serving) stay(ctx context.Context, cmd *cobra.Command, recycle <-chan os.Signal) error {
	ctx, end := context.WithCancel(ctx)
	tail := s.stage.executor.Tail()
	defer tail.Close()
	failed := make(chan error, 1)
	printed := make(chan struct{})
	printing, said := context.WithCancel(context.WithoutCancel(ctx))
	go func() {
		defer close(printed)
		if err := s.print(printing, tail, cmd.OutOrStdout()); err != nil {
			failed <- err
		}
	}()
	build := make(chan struct{}, 1)
	var building sync.WaitGroup
	building.Go(func() { s.rebuild(ctx, build) })
	defer func() {
		end()
		building.Wait()
		s.stage.executor.Recycle() // what functions say before their end is printed
		said()
		select {
		case <-printed:
		case <-time.After(unread): // a reader that has stopped must not keep all this here
		}
	}()

	s.tell()
	keys := readKeys(cmd.InOrStdin())
	fmt.Fprintln(s.talk, "r and Enter recycles, b and Enter builds anew, q and Enter or Ctrl-C ends")
	fmt.Fprintf(s.talk, "kill -USR1 %d recycles\n", os.Getpid())
	clock := time.NewTicker(freshen)
	defer clock.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case err := <-failed:
			return err
		case <-recycle:
			s.recycle()
		case <-clock.C:
			s.write()
		case key, ok := <-keys:
			if !ok {
				keys = nil // nobody types there any more
				continue
			}
			switch key {
			case "r":
				s.recycle()
			case "b":
				select {
				case build <- struct{}{}:
				default: // asked for already
				}
			case "q":
				return nil
			case "":
			default:
				fmt.Fprintf(s.talk, "%s is no key: r recycles, b builds anew, q ends\n", printable(key))
			}
		}
	}
}

func (s *serving) recycle() {
	n := s.stage.executor.Recycle()
	fmt.Fprintf(s.talk, "recycled: %s ended, the next request is a cold start\n", counted(n, "environment"))
}

// write writes the outputs file again.
func (s *serving) write() {
	if err := s.stage.executor.WriteOutputs(s.stage.where.Files[0]); err != nil {
		printError(s.talk, err)
	}
}
