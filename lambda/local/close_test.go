package local_test

import (
	"context"
	"errors"
	"net/http"
	"os"
	"runtime"
	"strconv"
	"syscall"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"

	"github.com/coldcrank/coldcrank/lambda/local"
)

// TestClose: with requests under way, connections that never sent one, and
// environments idle, Close leaves no process, goroutine, file or listener.
func TestClose(t *testing.T) {
	for _, how := range []string{"Close", "context"} {
		t.Run(how, func(t *testing.T) {
			temp := t.TempDir()
			t.Setenv("TMPDIR", temp)
			before := runtime.NumGoroutine()
			dir, remove, err := testAssembly()
			check(t, err)
			defer remove()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			x, err := local.Start(ctx, dir, local.Options{})
			check(t, err)
			api := base(t, x)
			_, pid, _ := get(t, api+"/try/pid")
			hung := make(chan int, 5)
			for range cap(hung) {
				go func() {
					resp, err := http.Get(api + "/try/hang")
					if err != nil {
						hung <- 0
						return
					}
					resp.Body.Close()
					hung <- resp.StatusCode
				}()
			}
			waitHanging(t, x, cap(hung))
			if how == "context" {
				cancel()
			}
			check(t, x.Close())
			check(t, x.Close())
			for range cap(hung) {
				if status := <-hung; status == 200 {
					t.Error("a request that hung was answered with 200")
				}
			}
			n, err := strconv.Atoi(pid)
			check(t, err)
			if err := syscall.Kill(n, 0); err != syscall.ESRCH {
				t.Errorf("process %d: %v, want none", n, err)
			}
			if _, err := http.Get(api + "/health"); err == nil {
				t.Error("the listener still answers")
			}
			remove()
			if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
				t.Errorf("left behind: %v, %v", left, err)
			}
			http.DefaultClient.CloseIdleConnections()
			waitFor(t, "goroutines to end", func() bool { return runtime.NumGoroutine() <= before })
		})
	}
}

// waitHanging waits until n requests hang in the function.
func waitHanging(t *testing.T, x *local.Executor, n int) {
	t.Helper()
	cw := cloudwatchlogs.NewFromConfig(awsConfig(x))
	waitFor(t, "the hanging requests", func() bool {
		out, err := cw.FilterLogEvents(t.Context(), &cloudwatchlogs.FilterLogEventsInput{LogGroupName: new("/tiny/hello"), FilterPattern: new("hanging")})
		check(t, err)
		return len(out.Events) == n
	})
}

func TestStartWithDoneContext(t *testing.T) {
	dir, remove, err := testAssembly()
	check(t, err)
	defer remove()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := local.Start(ctx, dir, local.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
}
