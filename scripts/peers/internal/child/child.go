// Package child runs processes: this program again in a role of its own, which is
// asked by lines of JSON, and other programs. Each is the head of a process group,
// which ends with it.
package child

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// RoleVariable of the environment names the role of a process that Start started.
const RoleVariable = "COLDCRANK_PEERS_ROLE"

// A Child is this program in a role. It is asked by one goroutine at a time.
type Child struct {
	cmd    *exec.Cmd
	in     io.WriteCloser
	out    *json.Decoder
	cancel context.CancelFunc
}

// Start runs this program in a role, which reads argument and answers into ready
// when it is. It ends at Close, which also ends what it started in its turn, or when
// this process does: ctx ends nothing but the start.
func Start(ctx context.Context, role string, argument, ready any) (*Child, error) {
	exe, err := os.Executable()
	if err != nil {
		return nil, err
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	life, cancel := context.WithCancel(context.WithoutCancel(ctx))
	cmd := command(life, exe)
	cmd.Env = append(os.Environ(), RoleVariable+"="+role)
	cmd.Stderr = os.Stderr
	c := &Child{cmd: cmd, cancel: cancel}
	out, err := cmd.StdoutPipe()
	if err == nil {
		c.in, err = cmd.StdinPipe()
	}
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		cancel()
		return nil, fmt.Errorf("start as %s: %w", role, err)
	}
	c.out = json.NewDecoder(bufio.NewReader(out))
	started := context.AfterFunc(ctx, cancel)
	if err = c.Ask(argument, ready); !started() {
		err = ctx.Err() // and it has been killed
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start as %s: %w", role, err), c.Close())
	}
	return c, nil
}

// Ask sends one question and reads its answer.
func (c *Child) Ask(question, answer any) error {
	if err := json.NewEncoder(c.in).Encode(question); err != nil {
		return err
	}
	return c.out.Decode(answer)
}

// PID is the process's id.
func (c *Child) PID() int { return c.cmd.Process.Pid }

// Close lets the process end by itself, and kills it where that takes too long.
func (c *Child) Close() error {
	defer c.cancel()
	c.in.Close() // its error says that the process is gone
	timer := time.AfterFunc(20*time.Second, c.cancel)
	defer timer.Stop()
	if err := c.cmd.Wait(); err != nil {
		return fmt.Errorf("%s: %w", c.cmd.Env[len(c.cmd.Env)-1], err)
	}
	return nil
}

// command is killed with its process group when ctx ends.
func command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 5 * time.Second
	return cmd
}
