package local_test

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coldcrank/coldcrank/lambda/local"
)

const crowd = 200 // requests at a time

// crowdClient keeps a connection for each request of the crowd.
func crowdClient() *http.Client {
	return &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: crowd}}
}

// killer kills a few environments, whichever, every few milliseconds until it is
// stopped, and counts.
func killer() (stop func() (kills int)) {
	quit, done := make(chan struct{}), make(chan int)
	go func() {
		kills := 0
		for {
			select {
			case <-quit:
				done <- kills
				return
			case <-time.After(time.Duration(rand.IntN(4)+1) * time.Millisecond):
			}
			pids := children()
			for range min(3, len(pids)) {
				if killChild(pids[rand.IntN(len(pids))]) {
					kills++
				}
			}
		}
	}()
	return func() int { close(quit); return <-done }
}

// TestRandomKills has 200 clients send requests while environments are killed
// and while some of them hang up: each request gets its own answer, or the
// gateway's for a function that failed, and no more fail than were killed.
func TestRandomKills(t *testing.T) {
	if !alone(t) {
		return
	}
	before := holds(t)
	dir, remove, err := testAssembly()
	check(t, err)
	x, err := local.Start(t.Context(), dir, local.Options{})
	check(t, err)
	defer x.Close()
	api, client := base(t, x), crowdClient()

	stop := killer()
	var failed, gone atomic.Int64
	var wg sync.WaitGroup
	for i := range crowd {
		wg.Go(func() {
			for round := range 3 {
				switch id := fmt.Sprintf("n=%d-%d", i, round); rand.IntN(8) {
				case 0: // the client goes after a moment, the invocation stays
					ctx, cancel := context.WithTimeout(t.Context(), time.Duration(rand.IntN(30))*time.Millisecond)
					status, body, err := fetch(ctx, client, api+"/try/event?"+id)
					cancel()
					if err != nil && ctx.Err() != nil {
						gone.Add(1)
						continue
					}
					judge(t, id, status, body, err, &failed)
				case 1:
					if status, body, err := fetch(t.Context(), client, api+"/try/fail"); err != nil || status != 500 || body != serverError {
						t.Errorf("a function's error: %v %d %s", err, status, body)
					}
				case 2:
					if status, body, err := fetch(t.Context(), client, api+"/try/exit"); err != nil || status != 500 || body != serverError {
						t.Errorf("an exit: %v %d %s", err, status, body)
					}
				default:
					status, body, err := fetch(t.Context(), client, api+"/try/event?"+id)
					judge(t, id, status, body, err, &failed)
				}
			}
		})
	}
	wg.Wait()
	kills := stop()
	t.Logf("%d environments killed, %d requests failed by it, %d clients gone", kills, failed.Load(), gone.Load())
	if kills == 0 || int(failed.Load()) > kills {
		t.Errorf("%d requests failed where %d environments were killed", failed.Load(), kills)
	}
	// Whoever was killed has a successor.
	for range 3 {
		if status, body, err := fetch(t.Context(), client, api+"/health"); err != nil || status != 200 || body != "Healthy" {
			t.Errorf("afterwards: %v %d %s", err, status, body)
		}
	}
	client.CloseIdleConnections()
	check(t, x.Close())
	remove()
	waitHolds(t, before)
}

// TestCloseInTheMiddle closes the executor under the same crowd and kills.
func TestCloseInTheMiddle(t *testing.T) {
	if !alone(t) {
		return
	}
	before := holds(t)
	dir, remove, err := testAssembly()
	check(t, err)
	for range 2 {
		x, err := local.Start(t.Context(), dir, local.Options{})
		check(t, err)
		defer x.Close()
		api, client := base(t, x), crowdClient()
		stop := killer()
		moment := int64(rand.IntN(150)) // any will do
		middle := make(chan struct{})
		var answered, cut atomic.Int64
		var wg sync.WaitGroup
		for i := range crowd {
			wg.Go(func() {
				for round := 0; ; round++ {
					id := fmt.Sprintf("n=%d-%d", i, round)
					path := "/try/event?" + id
					if rand.IntN(3) == 0 {
						path = "/try/hang"
					}
					status, body, err := fetch(t.Context(), client, api+path)
					if err != nil {
						cut.Add(1)
						return
					}
					judge(t, id, status, body, nil, new(atomic.Int64))
					if answered.Add(1) == moment+1 {
						close(middle)
					}
				}
			})
		}
		<-middle
		check(t, x.Close())
		wg.Wait() // nobody waits for an answer that will not come
		t.Logf("closed after %d answers: %d environments killed, %d answered, %d cut off", moment, stop(), answered.Load(), cut.Load())
		client.CloseIdleConnections()
	}
	remove()
	waitHolds(t, before)
	if left, err := os.ReadDir(os.TempDir()); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

const serverError = `{"message":"Internal Server Error"}`

// judge wants the request's own event back, or the answer for a function that
// failed, which it counts.
func judge(t *testing.T, id string, status int, body string, err error, failed *atomic.Int64) {
	t.Helper()
	switch {
	case err == nil && status == 200 && strings.Contains(body, `"rawQueryString":"`+id+`"`):
	case err == nil && status == 500 && body == serverError:
		failed.Add(1)
	default:
		t.Errorf("request %s: %v %d %s", id, err, status, body)
	}
}

func fetch(ctx context.Context, client *http.Client, url string) (status int, body string, err error) {
	r, err := http.NewRequestWithContext(ctx, "GET", url, nil)
	if err != nil {
		return 0, "", err
	}
	resp, err := client.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(data), err
}
