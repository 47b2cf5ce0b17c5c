package main

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/coldcrank/coldcrank/lambda/reportlog"
	"github.com/coldcrank/coldcrank/scripts/internal/hammer"
	"github.com/coldcrank/coldcrank/scripts/peers/internal/child"
)

// emulator is AWS's runtime interface emulator with one function. It serves one
// request at a time and crashes on two.
type emulator struct {
	*child.Server
	url    string
	out    output
	sender *hammer.Sender
}

// ports are the addresses of one emulator.
type ports struct{ front, api string }

// emulatorPorts are those of n emulators.
func emulatorPorts(n int) ([]ports, error) {
	free, err := freePorts(2 * n)
	if err != nil {
		return nil, err
	}
	list := make([]ports, n)
	for i := range list {
		list[i] = ports{free[2*i], free[2*i+1]}
	}
	return list, nil
}

// startEmulator starts the emulator's program for a bootstrap and makes a
// connection to it; the bootstrap itself starts at the first request. Offsets of
// results count from epoch.
func startEmulator(ctx context.Context, program, bootstrap string, p ports, epoch time.Time) (*emulator, error) {
	front, api := p.front, p.api
	var err error
	e := &emulator{url: "http://" + front + "/2015-03-31/functions/function/invocations"}
	env := []string{"PATH=" + os.Getenv("PATH"), "AWS_LAMBDA_FUNCTION_TIMEOUT=30", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=" + strconv.Itoa(memoryMB)}
	e.Server, err = child.Serve(ctx, front, filepath.Dir(bootstrap), &e.out, env, program,
		"--runtime-interface-emulator-address", front, "--runtime-api-address", api, bootstrap)
	if err != nil {
		return nil, err
	}
	if e.sender, err = hammer.Dial(ctx, e.url, 1, hammer.Options{Epoch: epoch}); err != nil {
		e.Close()
		return nil, err
	}
	return e, nil
}

// invoke sends one request.
func (e *emulator) invoke(ctx context.Context) (hammer.Result, error) {
	rs, err := release(ctx, e.sender, http.MethodPost, e.url, 1)
	if err != nil {
		return hammer.Result{}, err
	}
	return rs[0], nil
}

// end ends connection and process.
func (e *emulator) end() {
	e.sender.Close() // what matters has been answered
	e.Server.Close()
}

// freePorts are n ports of 127.0.0.1 that nobody listened at a moment ago: the
// emulator cannot say which it was given. They lie below those that Linux and macOS
// give out by themselves, so that nothing else takes them meanwhile.
func freePorts(n int) ([]string, error) {
	const low, high = 12_000, 30_000
	var list []string
	for range 100 * n {
		addr := net.JoinHostPort("127.0.0.1", strconv.Itoa(low+rand.IntN(high-low)))
		l, err := net.Listen("tcp", addr)
		if err != nil {
			continue // somebody's
		}
		defer l.Close() // held until all are found, so that each is another
		if list = append(list, addr); len(list) == n {
			return list, nil
		}
	}
	return nil, fmt.Errorf("%d of %d ports between %d and %d are free", len(list), n, low, high)
}

// output collects what a program prints.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// durations are the Durations that the emulator has reported of n requests.
func (e *emulator) durations(n int) ([]time.Duration, error) {
	for end := time.Now().Add(5 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		list, err := readReports(e.out.String())
		if err != nil || len(list) == n {
			return list, err
		}
		if time.Now().After(end) {
			return nil, fmt.Errorf("the emulator printed %d REPORTs of %d requests", len(list), n)
		}
	}
}

// readReports reads the Durations of REPORT lines between whatever else is there.
func readReports(text string) (list []time.Duration, err error) {
	records, err := reportlog.Parse(text)
	for _, r := range records {
		if r.Kind == reportlog.Report && r.Duration != nil {
			list = append(list, *r.Duration)
		}
	}
	return list, err
}
