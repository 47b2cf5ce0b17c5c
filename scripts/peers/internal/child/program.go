package child

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// Run runs a program to its end, which comes after limit at the latest, and returns
// what it printed. The error has what it printed to standard error.
func Run(ctx context.Context, limit time.Duration, stdin string, name string, args ...string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	cmd := command(ctx, name, args...)
	cmd.Stdin = strings.NewReader(stdin)
	var out, talk bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &talk
	err := cmd.Run()
	if ctx.Err() != nil {
		err = fmt.Errorf("after %v: %w", limit, context.Cause(ctx))
	}
	if err != nil {
		err = fmt.Errorf("%s: %w: %s", filepath.Base(name), err, last(talk.String()))
	}
	return out.Bytes(), err
}

// last is the last line of what a program said.
func last(talk string) string {
	lines := strings.Split(strings.TrimSpace(talk), "\n")
	return lines[len(lines)-1]
}

// A Server is another program that listens until Close.
type Server struct {
	cmd    *exec.Cmd
	cancel context.CancelFunc
}

// Serve starts a program in a folder and returns when it accepts connections at
// addr, or ctx has ended. What it prints goes to out.
func Serve(ctx context.Context, addr, dir string, out io.Writer, env []string, name string, args ...string) (*Server, error) {
	life, cancel := context.WithCancel(context.WithoutCancel(ctx))
	cmd := command(life, name, args...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = dir, env, out, out
	if err := cmd.Start(); err != nil {
		cancel()
		return nil, err
	}
	s := &Server{cmd, cancel}
	for wait := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		c, err := net.Dial("tcp", addr)
		if err == nil {
			c.Close()
			return s, nil
		}
		if time.Now().After(wait) || ctx.Err() != nil {
			s.Close()
			return nil, fmt.Errorf("%s does not listen at %s: %w", filepath.Base(name), addr, err)
		}
	}
}

// Close asks the program to end with all that it started, and kills its process
// group where that takes too long.
func (s *Server) Close() {
	defer s.cancel()
	s.cmd.Process.Signal(syscall.SIGTERM) // fails only where it has ended
	timer := time.AfterFunc(3*time.Second, s.cancel)
	defer timer.Stop()
	s.cmd.Wait() // ended by a signal: its error says so
}
