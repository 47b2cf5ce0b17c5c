package conformance

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// TestEndurance serves many events to one environment, small and large ones,
// some that end in errors, and some on a connection of their own.
// COLDCRANK_E2E_INVOCATIONS says how many, 30,000 by default.
func TestEndurance(t *testing.T) {
	if testing.Short() {
		t.Skip("tens of thousands of invocations")
	}
	const warm = 15_000 // until then the heap grows to what it needs
	total := int64(2 * warm)
	if s := os.Getenv("COLDCRANK_E2E_INVOCATIONS"); s != "" {
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil || n <= warm {
			t.Fatalf("COLDCRANK_E2E_INVOCATIONS is %q, want more than %d", s, warm)
		}
		total = n
	}
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var cmd *exec.Cmd
	var before, after footprint
	var answered atomic.Int64
	done := make(chan struct{})
	large := strings.Repeat("x", 200<<10)
	deadline := strconv.FormatInt(time.Now().Add(time.Hour).UnixMilli(), 10)
	started := make(chan struct{})
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := answered.Load()
		if r.Method == http.MethodPost {
			body, err := io.Copy(io.Discard, r.Body)
			if want := n%100 == 50; err != nil || strings.HasSuffix(r.URL.Path, "/error") != want || body == 0 {
				t.Errorf("invocation %d: %s with %d bytes, %v", n, r.URL.Path, body, err)
			}
			answered.Add(1)
			w.WriteHeader(http.StatusAccepted)
			return
		}
		<-started
		switch n {
		case warm:
			before = footprintOf(t, cmd.Process.Pid)
		case total:
			after = footprintOf(t, cmd.Process.Pid)
			close(done)
			<-r.Context().Done()
			return
		}
		h := w.Header()
		h.Set("Lambda-Runtime-Aws-Request-Id", strconv.FormatInt(n, 10))
		h.Set("Lambda-Runtime-Deadline-Ms", deadline)
		h.Set("Lambda-Runtime-Trace-Id", "Root=1-"+strconv.FormatInt(n, 10))
		switch {
		case n%1000 == 7:
			h.Set("Connection", "close")
			io.WriteString(w, "small")
		case n%100 == 50:
			io.WriteString(w, "error:plain:boom")
		case n%100 == 70:
			io.WriteString(w, large)
		default:
			io.WriteString(w, `{"a":1}`)
		}
	})}
	go server.Serve(l) // ends with ErrServerClosed
	defer server.Close()
	cmd = exec.Command(program(t, "ours"))
	cmd.Env = []string{"AWS_LAMBDA_RUNTIME_API=" + l.Addr().String()}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	close(started)
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	begin := time.Now()
	select {
	case <-done:
		cmd.Process.Kill()
		<-ended
	case err := <-ended:
		t.Fatalf("it ended after %d invocations: %v", answered.Load(), err)
	}
	t.Logf("%d invocations in %v; after %d of them %v, after all %v", total, time.Since(begin).Round(time.Millisecond), warm, before, after)
	if grown := after.residentKB - before.residentKB; grown > 2<<10 || after.files != before.files || after.threads > before.threads+10 {
		t.Errorf("it grows: %v after %d invocations, %v after %d", before, warm, after, total)
	}
}

// footprint is what a process holds.
type footprint struct{ residentKB, files, threads int }

func (f footprint) String() string {
	return fmt.Sprintf("%d kB resident, %d open files, %d threads", f.residentKB, f.files, f.threads)
}

func footprintOf(t *testing.T, pid int) (f footprint) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Error(err)
	}
	for line := range strings.Lines(string(data)) {
		name, value, _ := strings.Cut(line, ":")
		into := map[string]*int{"VmRSS": &f.residentKB, "Threads": &f.threads}[name]
		if into == nil {
			continue
		}
		if *into, err = strconv.Atoi(strings.Fields(value)[0]); err != nil {
			t.Error(err)
		}
	}
	files, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	if err != nil {
		t.Error(err)
	}
	f.files = len(files)
	return f
}
