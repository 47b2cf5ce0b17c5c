package conformance

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestEmulator runs the function on AWS's runtime interface emulator, which is
// in no registry: COLDCRANK_E2E_RIE names a checkout of
// github.com/aws/aws-lambda-runtime-interface-emulator, and where there is none
// the test is skipped, in CI as well.
func TestEmulator(t *testing.T) {
	source := os.Getenv("COLDCRANK_E2E_RIE")
	if source == "" {
		t.Skip("COLDCRANK_E2E_RIE names no checkout of AWS's emulator: it is not tested")
	}
	rie := filepath.Join(t.TempDir(), "aws-lambda-rie")
	cmd := exec.Command("go", "build", "-buildvcs=false", "-o", rie, "./cmd/aws-lambda-rie")
	cmd.Dir = source
	cmd.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build AWS's emulator: %v\n%s", err, out)
	}
	large := strings.Repeat("0123456789abcdef", 1<<16)
	for _, c := range []struct {
		name, init    string
		events, wants []string // of an error object its type and message
	}{
		{"answers", "", []string{`{"a":1}`, large, `"` + strings.Repeat("é", 2<<20) + `"`, "", "size:6291556"},
			[]string{`{"a":1}`, large, `"` + strings.Repeat("é", 2<<20) + `"`, "", strings.Repeat("x", 6291556)}},
		{"errors", "", []string{"error:pointer:boom", "error:own:no such order", "after"},
			[]string{"Pointer: boom", "Orders.NotFound: no such order", "after"}},
		{"panic", "", []string{"before", "panic:text:boom", "after"}, []string{"before", "string: boom", "after"}},
		{"answer too large", "", []string{"size:6291557", "after", "size:20000000", "after"},
			[]string{"Function.ResponseSizeTooLarge: ", "after", "Function.ResponseSizeTooLarge: ", "after"}},
		{"error too large", "", []string{"error:large:7000000", "after"}, []string{"errorString: ", "after"}},
		{"deadline", "", []string{"wait"}, []string{""}},
		{"init error", "error", []string{"a"}, []string{"errorString: no table"}},
		{"init panic", "panic", []string{"a"}, []string{"string: no table"}},
		{"SIGTERM", "sigterm", []string{"a"}, []string{"a"}},
		{"answer in pieces", "stream", []string{"1:100000:3", "5:deep", "0:2"}, []string{"a" + strings.Repeat("b", 100_000) + "ccc", "aaaaa", "bb"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := startEmulator(t, rie, c.init)
			for i, event := range c.events {
				got := e.invoke(t, event)
				if event == "wait" {
					// The emulator answers by itself when the time is over.
					if !strings.Contains(got, "Task timed out after 2.00 seconds") && got != "deadlineExceededError: context deadline exceeded" {
						t.Errorf("deadline: %.300s", got)
					}
					continue
				}
				if want := c.wants[i]; got != want && !(strings.HasSuffix(want, ": ") && strings.HasPrefix(got, want)) {
					t.Errorf("%.100q: %d bytes (%.200q), want %d (%.200q)\n%s", event, len(got), got, len(want), want, e.tail())
				}
			}
			if strings.Contains(e.tail(), "register an extension") {
				t.Errorf("no SIGTERM: %s", e.tail())
			}
		})
	}
}

type emulator struct {
	url string
	log string
}

func startEmulator(t *testing.T, rie, init string) *emulator {
	t.Helper()
	front, api := freePort(t), freePort(t)
	e := &emulator{url: "http://" + front + "/2015-03-31/functions/function/invocations", log: filepath.Join(t.TempDir(), "log")}
	log, err := os.Create(e.log)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	cmd := exec.Command(rie, "--runtime-interface-emulator-address", front, "--runtime-api-address", api, program(t, "ours"))
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "AWS_LAMBDA_FUNCTION_TIMEOUT=2", "INIT=" + init}
	if init == "sigterm" || init == "stream" {
		cmd.Env = append(cmd.Env, strings.ToUpper(init)+"=1")
	}
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // the function ends with it
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		cmd.Wait() // it was killed
	})
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		c, err := net.Dial("tcp", front)
		if err == nil {
			c.Close()
			return e
		}
		if time.Now().After(end) {
			t.Fatalf("AWS's emulator does not listen: %v\n%s", err, e.tail())
		}
	}
}

func (e *emulator) invoke(t *testing.T, event string) string {
	t.Helper()
	resp, err := http.Post(e.url, "application/json", bytes.NewReader([]byte(event)))
	if err != nil {
		t.Fatalf("%v\n%s", err, e.tail())
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	var failed struct{ ErrorType, ErrorMessage *string }
	if json.Unmarshal(body, &failed) == nil && failed.ErrorMessage != nil {
		kind := ""
		if failed.ErrorType != nil {
			kind = *failed.ErrorType
		}
		return kind + ": " + *failed.ErrorMessage
	}
	return string(body)
}

// tail is the end of what emulator and function have printed.
func (e *emulator) tail() string {
	data, err := os.ReadFile(e.log)
	if err != nil {
		return err.Error()
	}
	return string(data[max(0, len(data)-3000):])
}

// freePort is an address that nobody listened at a moment ago, below the ports
// that the system gives out by itself.
func freePort(t *testing.T) string {
	t.Helper()
	for range 100 {
		l, err := net.Listen("tcp4", fmt.Sprintf("127.0.0.1:%d", 12_000+rand.IntN(18_000)))
		if err == nil {
			addr := l.Addr().String()
			l.Close()
			return addr
		}
	}
	t.Fatal("no port is free")
	return ""
}
