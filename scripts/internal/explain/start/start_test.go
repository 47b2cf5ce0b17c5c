package start

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/coldcrank/coldcrank/lambda/local"
	"github.com/coldcrank/coldcrank/lambda/ric/sigterm"
)

// The test binary is the program too: what START_TEST says.
func TestMain(m *testing.M) {
	switch os.Getenv("START_TEST") {
	case "":
		os.Exit(m.Run())
	case "exits":
		println("out of luck")
		os.Exit(3)
	case "fails":
		http.Post("http://"+os.Getenv("AWS_LAMBDA_RUNTIME_API")+api+"init/error", "", strings.NewReader("no table"))
		select {}
	case "sleeps":
		time.Sleep(30 * time.Millisecond)
	case "leaves":
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), "START_TEST=stays")
		child.Stdout = os.Stdout
		if err := child.Start(); err != nil {
			panic(err)
		}
		time.Sleep(time.Hour)
	case "stays": // and asks in the place of the one that started it
		http.Post("http://"+os.Getenv("AWS_LAMBDA_RUNTIME_API")+api+"invocation/x/response", "", nil) // to nothing
		fmt.Println("pid", os.Getpid())
	case "twice":
		for range 2 {
			go http.Get("http://" + os.Getenv("AWS_LAMBDA_RUNTIME_API") + api + "invocation/next")
		}
		select {}
	case "extends":
		if err := sigterm.Before(func() {}); err != nil {
			println(err.Error())
			os.Exit(1)
		}
	case "talks":
		fmt.Println(strings.Repeat("x", 2<<20))
	}
	base := "http://" + os.Getenv("AWS_LAMBDA_RUNTIME_API") + api + "invocation/"
	println("started")
	for {
		r, err := http.Get(base + "next")
		if err != nil {
			return
		}
		end := "/response"
		if os.Getenv("START_TEST") == "errs" {
			end = "/error"
		}
		r.Body.Close()
		http.Post(base+r.Header.Get("Lambda-Runtime-Aws-Request-Id")+end, "", strings.NewReader("{}"))
	}
}

func listen(t *testing.T) *Host {
	t.Helper()
	h, err := Listen()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	return h
}

func program(h *Host, does string) local.Program {
	return local.Program{Path: os.Args[0], Env: []string{"AWS_LAMBDA_RUNTIME_API=" + h.Address(), "START_TEST=" + does}}
}

func TestOnce(t *testing.T) {
	h := listen(t)
	s, err := h.Once(t.Context(), program(h, "sleeps"), Work{Event: []byte("{}"), Invocations: 3})
	if err != nil {
		t.Fatal(err)
	}
	if s.Init < 30*time.Millisecond || len(s.Invocations) != 3 || s.Failed != 0 {
		t.Errorf("got %+v, want at least 30 ms and 3 invocations", s)
	}
	for _, took := range s.Invocations {
		if took <= 0 {
			t.Errorf("an invocation took %s", took)
		}
	}
	if s, err = h.Once(t.Context(), program(h, "errs"), Work{Invocations: 2}); err != nil || s.Failed != 2 {
		t.Errorf("errors: got %+v, %v", s, err)
	}
}

// An extension of the function's own registers at each start.
func TestExtension(t *testing.T) {
	h := listen(t)
	for range 2 {
		if s, err := h.Once(t.Context(), program(h, "extends"), Work{Event: []byte("{}"), Invocations: 2}); err != nil || len(s.Invocations) != 2 || s.Init <= 0 {
			t.Errorf("got %+v, %v", s, err)
		}
	}
}

func TestOnceFails(t *testing.T) {
	h := listen(t)
	for _, test := range []struct{ does, want string }{
		{"exits", `ended before it asked for an invocation: exit status 3: out of luck`},
		{"fails", `the init failed: no table`},
	} {
		if _, err := h.Once(t.Context(), program(h, test.does), Work{}); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %q", test.does, err, test.want)
		}
	}
	if _, err := h.Once(t.Context(), local.Program{Path: "/no/such/program"}, Work{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no program: got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := h.Once(ctx, program(h, "sleeps"), Work{}); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: got %v", err)
	}
}

// TestOnceLeavesNothing has a program whose child asks for the event: it ends with it.
func TestOnceLeavesNothing(t *testing.T) {
	h := listen(t)
	if _, err := h.Once(t.Context(), program(h, "leaves"), Work{}); err != nil {
		t.Fatal(err)
	}
	var pid int
	if _, err := fmt.Sscanf(string(h.end()), "pid %d", &pid); err != nil {
		t.Fatalf("%q: %v", h.end(), err)
	}
	for range 500 {
		if err := syscall.Kill(pid, 0); err != nil || zombie(pid) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("process %d is left", pid)
}

// zombie reports whether a process has ended and nobody has asked how, which in a
// container nobody may.
func zombie(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && strings.Contains(string(stat), ") Z ")
}

// TestOnceTwice has a program that asks twice at a time: it has one event, and no
// answer to it.
func TestOnceTwice(t *testing.T) {
	h := listen(t)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := h.Once(ctx, program(h, "twice"), Work{Invocations: 1}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	s, err := h.Once(t.Context(), program(h, "talks"), Work{Invocations: 1})
	if err != nil || len(s.Invocations) != 1 || len(h.end()) != endBytes {
		t.Errorf("after it: %d invocations, %d bytes of what it wrote, %v", len(s.Invocations), len(h.end()), err)
	}
}

// Programs take turns, and the one that sleeps takes longer each time.
func TestTurns(t *testing.T) {
	h := listen(t)
	all, err := h.Turns(t.Context(), 4, Work{}, program(h, "runs"), program(h, "sleeps"))
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 2 || len(all[0]) != 4 || len(all[1]) != 4 {
		t.Fatalf("got %v, want 4 starts of each", all)
	}
	for _, s := range all[1] {
		if s.Init < 30*time.Millisecond {
			t.Errorf("got %s, want at least 30 ms", s.Init)
		}
	}
}
