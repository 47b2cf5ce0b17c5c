package function

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/coldcrank/coldcrank/lambda/local/internal/assembly"
	"github.com/coldcrank/coldcrank/lambda/local/internal/logs"
)

// children are the processes that this one has started and that are not gone.
func children(t testing.TB) []string {
	t.Helper()
	tasks, err := filepath.Glob("/proc/self/task/*/children")
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, file := range tasks {
		b, err := os.ReadFile(file)
		if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ESRCH) {
			t.Fatal(err)
		}
		list = append(list, strings.Fields(string(b))...)
	}
	return list
}

func descriptors(t testing.TB) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

func TestColdStartsLeaveNothing(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("reads /proc")
	}
	rounds := 300
	if testing.Short() {
		rounds = 30
	}
	f := newFunction(t, nil)
	var before, goroutines int
	for i := range rounds {
		if r := invoke(t, f, "bench", "1"); r.ExecutedVersion != fmt.Sprint(i+1) {
			t.Fatalf("round %d: version %s answered", i, r.ExecutedVersion)
		}
		if i == 10 {
			before, goroutines = descriptors(t), runtime.NumGoroutine()
		}
		nonce := fmt.Sprint(i)
		if _, err := f.Update(Change{Description: &nonce}, ""); err != nil {
			t.Fatal(err)
		}
		updated(t, f)
		v, err := f.Publish("", "", "")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.UpdateAlias("bench", AliasChange{Version: &v.Version}, ""); err != nil {
			t.Fatal(err)
		}
		if err := f.DeleteVersion(fmt.Sprint(i + 1)); err != nil {
			t.Fatal(err)
		}
	}
	if got := children(t); len(got) != 0 {
		t.Errorf("processes are left: %v", got)
	}
	// A few descriptors and goroutines of connections may still be closing.
	if got := descriptors(t); got > before+4 {
		t.Errorf("%d descriptors are open, %d after ten rounds", got, before)
	}
	if got := runtime.NumGoroutine(); got > goroutines+8 {
		t.Errorf("%d goroutines, %d after ten rounds", got, goroutines)
	}
	// One of the code, and none of an environment.
	if left, err := os.ReadDir(os.TempDir()); err != nil || len(left) != 1 {
		t.Errorf("left in the temporary folder: %v (%v)", left, err)
	}
	n := 0
	for _, r := range reports(t, f) {
		if r.InitDuration != nil {
			n++
		}
	}
	if n != rounds {
		t.Errorf("%d of %d requests were cold", n, rounds)
	}
}

func TestKillsUnderLoad(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("reads /proc")
	}
	f := newFunction(t, nil)
	stop := make(chan struct{})
	var killer sync.WaitGroup
	killer.Go(func() {
		pace := time.NewTicker(8 * time.Millisecond)
		defer pace.Stop()
		for {
			select {
			case <-stop:
				return
			case <-pace.C:
			}
			if list := children(t); len(list) > 0 {
				var pid int
				fmt.Sscan(list[rand.IntN(len(list))], &pid)
				// It may have ended meanwhile. A number is not given again so soon.
				syscall.Kill(pid, syscall.SIGKILL)
			}
		}
	})
	const n = 200
	var wg sync.WaitGroup
	outcomes := make([]string, n)
	for i := range n {
		wg.Go(func() {
			r := invoke(t, f, "bench", fmt.Sprintf(`{"do":"sleep","n":%d}`, i%20))
			outcomes[i] = r.FunctionError
			var payload struct{ ErrorType string }
			switch json.Unmarshal(r.Payload, &payload); {
			case r.FunctionError == "" && string(r.Payload) != `"slept"`:
				t.Errorf("got %s", r.Payload)
			case r.FunctionError != "" && payload.ErrorType != "Runtime.ExitError":
				t.Errorf("got %s", r.Payload)
			}
		})
	}
	wg.Wait()
	close(stop)
	killer.Wait()
	failed := 0
	for _, o := range outcomes {
		if o != "" {
			failed++
		}
	}
	t.Logf("%d of %d requests met a kill in their invocation", failed, n)
	if got := len(reports(t, f)); got != n {
		t.Errorf("%d reports of %d requests", got, n)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	if got := children(t); len(got) != 0 {
		t.Errorf("processes are left: %v", got)
	}
}

func TestCloseEndsWhatIsUnderWay(t *testing.T) {
	f := newFunction(t, func(a *assembly.Function) { a.Timeout = time.Hour })
	result := make(chan Result, 1)
	go func() {
		r, err := f.Invoke(context.Background(), "", []byte(`{"do":"hang"}`), "")
		if err != nil {
			t.Error(err)
		}
		result <- r
	}()
	waitFor(t, func() bool { return started(t, f) })
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if r := <-result; !bytes.Contains(r.Payload, []byte("signal: killed")) {
		t.Errorf("got %s", r.Payload)
	}
	if _, err := f.Invoke(context.Background(), "", nil, ""); errorCode(err) != "ServiceException" {
		t.Errorf("invoke after Close: %v", err)
	}
}

func started(t *testing.T, f *Function) bool {
	t.Helper()
	events, _, err := f.host.Logs.Filter(logs.Query{Group: f.a.LogGroup, Pattern: `{ $.type = "platform.start" }`})
	if err != nil {
		t.Fatal(err)
	}
	return len(events) > 0
}
