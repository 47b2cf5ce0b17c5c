package local_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/coldcrank/coldcrank/lambda/local"
)

// holdings is what an executor could fail to give back.
type holdings struct {
	children, files, goroutines, folders int
}

func holds(t *testing.T) holdings {
	t.Helper()
	folders, err := filepath.Glob(filepath.Join(os.TempDir(), "*", "*"))
	check(t, err)
	return holdings{len(children()), openFiles(t), runtime.NumGoroutine(), len(folders)}
}

// settled is what this process holds once that does not change any more:
// connections end at both ends, one after the other.
func settled(t *testing.T) holdings {
	t.Helper()
	for last, same := holds(t), 0; ; time.Sleep(20 * time.Millisecond) {
		now := holds(t)
		if same++; now != last {
			last, same = now, 0
		}
		if same == 10 {
			return now
		}
	}
}

// waitHolds waits until this process holds what it should.
func waitHolds(t *testing.T, want holdings) {
	t.Helper()
	var got holdings
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if got = holds(t); got == want {
			return
		}
	}
	t.Errorf("holds %+v, want %+v", got, want)
}

// status reads a number of /proc/self/status, as it stands there.
func status(t *testing.T, name string) int {
	t.Helper()
	data, err := os.ReadFile("/proc/self/status")
	check(t, err)
	for line := range strings.Lines(string(data)) {
		if value, ok := strings.CutPrefix(line, name+":"); ok {
			n, err := strconv.Atoi(strings.Fields(value)[0])
			check(t, err)
			return n
		}
	}
	t.Fatalf("no %s", name)
	return 0
}

func heap() int {
	runtime.GC()
	runtime.GC() // what finalizers have let go
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

// recycler moves the alias to new versions, as a run does it.
type recycler struct {
	lambda *lambda.Client
	last   string // version that the alias has left
	n      int
}

func (r *recycler) recycle(t *testing.T, ctx context.Context) {
	t.Helper()
	r.n++
	name := new("hello")
	_, err := r.lambda.UpdateFunctionConfiguration(ctx, &lambda.UpdateFunctionConfigurationInput{FunctionName: name, Description: new(fmt.Sprint(r.n))})
	check(t, err)
	for {
		now, err := r.lambda.GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: name})
		check(t, err)
		if now.LastUpdateStatus == "Successful" {
			break
		}
		time.Sleep(time.Millisecond)
	}
	v, err := r.lambda.PublishVersion(ctx, &lambda.PublishVersionInput{FunctionName: name})
	check(t, err)
	_, err = r.lambda.UpdateAlias(ctx, &lambda.UpdateAliasInput{FunctionName: name, Name: new("bench"), FunctionVersion: v.Version})
	check(t, err)
	if r.last != "" {
		_, err = r.lambda.DeleteFunction(ctx, &lambda.DeleteFunctionInput{FunctionName: name, Qualifier: &r.last})
		check(t, err)
	}
	r.last = *v.Version
}

// TestThousandColdStarts recycles and requests a thousand times: what one cold
// start takes, the next gives back, but for the log, which is kept as AWS keeps it.
func TestThousandColdStarts(t *testing.T) {
	if testing.Short() {
		t.Skip("a thousand processes take a while")
	}
	if !alone(t) {
		return
	}
	const cycles, first = 1000, 50
	before := holds(t)
	dir, remove, err := testAssembly()
	check(t, err)
	x, err := local.Start(t.Context(), dir, local.Options{})
	check(t, err)
	defer x.Close()
	client := &http.Client{Transport: &http.Transport{}}
	config := awsConfig(x)
	config.HTTPClient = client
	url := base(t, x) + "/health"
	r := recycler{lambda: lambda.NewFromConfig(config)}
	cycle := func() {
		r.recycle(t, t.Context())
		if status, body, err := fetch(t.Context(), client, url); err != nil || status != 200 || body != "Healthy" {
			t.Fatalf("cycle %d: %v %d %s", r.n, err, status, body)
		}
	}
	for range first { // pools, caches and connections get their size
		cycle()
	}
	client.CloseIdleConnections() // a client may open another at any time
	held, heapBefore := settled(t), heap()
	rss, threads := status(t, "VmRSS"), status(t, "Threads")
	began := time.Now()
	for range cycles - first {
		cycle()
	}
	took := time.Since(began)
	client.CloseIdleConnections()
	waitHolds(t, held)
	heapGrowth := heap() - heapBefore
	t.Logf("%d cold starts in %v; heap %d kB to %d kB; RSS %d to %d kB; threads %d to %d; %+v",
		cycles-first, took, heapBefore>>10, (heapBefore+heapGrowth)>>10, rss, status(t, "VmRSS"), threads, status(t, "Threads"), held)

	// Two events of the function's and one of the gateway's log remain of a
	// request, about 1 kB with what holds them.
	if limit := (cycles - first) * 4 << 10; heapGrowth > limit {
		t.Errorf("the heap grew by %d bytes, more than %d", heapGrowth, limit)
	}
	if grown := status(t, "VmRSS") - rss; grown > 64<<10 {
		t.Errorf("resident memory grew by %d kB", grown)
	}
	if now := status(t, "Threads"); now > threads+50 {
		t.Errorf("%d threads, before %d", now, threads)
	}
	// One stream an environment, and a cold REPORT in each.
	streams := map[string]bool{}
	pages := cloudwatchlogs.NewFilterLogEventsPaginator(cloudwatchlogs.NewFromConfig(config),
		&cloudwatchlogs.FilterLogEventsInput{LogGroupName: new("/tiny/hello"), FilterPattern: new(`"platform.report" "initDurationMs"`)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		check(t, err)
		for _, e := range page.Events {
			streams[*e.LogStreamName] = true
		}
	}
	if len(streams) != cycles {
		t.Errorf("%d environments with a cold start of %d requests", len(streams), cycles)
	}
	check(t, x.Close())
	remove()
	client.CloseIdleConnections()
	waitHolds(t, before)
	if left, err := os.ReadDir(os.TempDir()); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
