package pages

import (
	"context"
	"debug/elf"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/coldcrank/coldcrank/scripts/internal/explain/await"
	"github.com/coldcrank/coldcrank/scripts/internal/explain/initfailure"
	"github.com/coldcrank/coldcrank/scripts/internal/explain/subject"
)

// emulator is QEMU's user mode for an architecture.
type emulator struct {
	architecture string
	program      string
	processor    string // fixed: Go's packages look at what the processor can do
	path         string
	version      string
}

// emulators are those of the architectures that Lambda has. The processor of arm64 is
// that of Graviton2, a Neoverse N1
// (https://docs.aws.amazon.com/lambda/latest/dg/foundation-arch.html), which QEMU has
// since 7.0; that of x86_64 is one with AVX2
// (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-avx2.html).
var emulators = map[elf.Machine]emulator{
	elf.EM_AARCH64: {architecture: "arm64", program: "qemu-aarch64", processor: "neoverse-n1"},
	elf.EM_X86_64:  {architecture: "x86_64", program: "qemu-x86_64", processor: "Haswell"},
}

// findEmulator finds what runs an executable, also where it is one for this machine.
func findEmulator(ctx context.Context, machine elf.Machine) (*emulator, error) {
	e, ok := emulators[machine]
	if !ok {
		return nil, fmt.Errorf("the executable is for %v, which Lambda does not have", machine)
	}
	if runtime.GOOS != "linux" {
		return nil, errors.New("QEMU emulates a processor alone on Linux only")
	}
	for _, name := range []string{e.program + "-static", e.program} {
		path, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		out, err := exec.CommandContext(ctx, path, "--version").Output()
		if err != nil {
			return nil, fmt.Errorf("%s --version: %w", name, err)
		}
		first, _, _ := strings.Cut(string(out), "\n")
		e.path, e.version = path, strings.TrimSpace(first)
		return &e, nil
	}
	return nil, fmt.Errorf("%s-static is missing: apt-get install qemu-user-static", e.program)
}

// patience is how long an emulated init may take. Lambda gives 10 s, and emulation
// takes 30 to 40 times as long: what comes near to it is waiting for something.
const patience = time.Minute

// run runs the shipped executable until it asks for the first invocation, and reads
// what it executed until then.
func (e *emulator) run(ctx context.Context, s *subject.Subject, file *code) (executed, string, error) {
	tmp, err := os.MkdirTemp("", "coldcrank-pages-")
	if err != nil {
		return nil, "", err
	}
	defer os.RemoveAll(tmp)
	api, err := await.Listen(ctx)
	if err != nil {
		return nil, "", err
	}
	defer api.Close() // of connections that the program has left
	program, err := s.Program(api.Address, tmp)
	if err != nil {
		return nil, "", err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, patience, initfailure.Late(patience))
	defer cancel()

	log := filepath.Join(tmp, "log")
	cmd := exec.CommandContext(ctx, e.path, "-cpu", e.processor, "-seed", "1", "-d", "in_asm,strace", "-D", log, s.Shipped)
	cmd.Dir = filepath.Dir(s.Shipped)
	cmd.Env = pinned(append(program.Env, "LAMBDA_TASK_ROOT="+cmd.Dir))
	said := new(tail)
	cmd.Stdout, cmd.Stderr = said, said
	cmd.WaitDelay = time.Second // what it started may have its output open
	turns, err := startInTurns(cmd)
	if err != nil {
		return nil, "", err
	}
	defer endGroup(cmd) // fails where none is left
	ended := make(chan struct{})
	go func() {
		cmd.Wait() // ProcessState tells how it ended
		close(ended)
	}()

	var descriptor int
	select {
	case <-ended:
		if cause := context.Cause(ctx); cause != nil {
			return nil, "", cause
		}
		select {
		case err = <-api.Failed: // what it said before it ended
			return nil, "", err
		default:
		}
		return nil, "", initfailure.Ended(cmd.ProcessState.String(), said.text)
	case first := <-api.Asked:
		descriptor, err = descriptorOf(cmd.Process.Pid, first.From)
	case err = <-api.Failed:
	}
	cancel()
	<-ended
	if err != nil {
		return nil, "", err
	}
	f, err := os.Open(log)
	if err != nil {
		return nil, "", err
	}
	defer f.Close()
	one, err := readLog(f, descriptor, file.holds)
	return one, turns, err
}

// pinned is an environment in which a Go program does the same at each start: one
// goroutine at a time, and none interrupted by a signal.
func pinned(env []string) []string {
	settings := "asyncpreemptoff=1"
	for _, v := range env {
		if own, ok := strings.CutPrefix(v, "GODEBUG="); ok {
			settings = own + "," + settings // the last of a key counts
		}
	}
	return append(env, "GOMAXPROCS=1", "GODEBUG="+settings)
}

// tail keeps the end of what a program prints.
type tail struct{ text []byte }

func (t *tail) Write(p []byte) (int, error) {
	t.text = append(t.text, p...)
	if over := len(t.text) - 64<<10; over > 0 {
		t.text = t.text[over:]
	}
	return len(p), nil
}
