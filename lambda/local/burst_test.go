package local_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"

	"github.com/coldcrank/coldcrank/lambda/local"
)

// limitFiles sets this process's limit of descriptors for the test.
func limitFiles(t *testing.T, files uint64) {
	t.Helper()
	var before syscall.Rlimit
	check(t, syscall.Getrlimit(syscall.RLIMIT_NOFILE, &before))
	if files > before.Cur {
		t.Skipf("the limit of %d descriptors cannot be raised to %d", before.Cur, files)
	}
	lower := before
	lower.Cur = files
	check(t, syscall.Setrlimit(syscall.RLIMIT_NOFILE, &lower))
	t.Cleanup(func() { check(t, syscall.Setrlimit(syscall.RLIMIT_NOFILE, &before)) })
}

func openFiles(t *testing.T) int {
	t.Helper()
	list, err := os.ReadDir("/dev/fd")
	check(t, err)
	return len(list)
}

// dial makes n connections to the target's API.
func dial(t *testing.T, x *local.Executor, n int) []net.Conn {
	t.Helper()
	conns := make([]net.Conn, n)
	for i := range conns {
		_, address, _ := strings.Cut(base(t, x), "://")
		c, err := net.Dial("tcp", address)
		check(t, err)
		t.Cleanup(func() { c.Close() })
		conns[i] = c
	}
	return conns
}

func send(t *testing.T, conns []net.Conn, path string) {
	t.Helper()
	for _, c := range conns {
		_, err := io.WriteString(c, "GET "+path+" HTTP/1.1\r\nHost: local\r\n\r\n")
		check(t, err)
	}
}

// TestCapacity sends what a limit of descriptors admits: all are answered.
func TestCapacity(t *testing.T) {
	limitFiles(t, 400)
	x := startTest(t, local.Options{})
	n := x.Capacity(1)
	if n < 40 || n > 80 || x.Capacity(2) >= n {
		t.Fatalf("capacity %d, of two functions %d", n, x.Capacity(2))
	}
	conns := dial(t, x, n)
	send(t, conns, "/health")
	for i, c := range conns {
		resp, err := http.ReadResponse(bufio.NewReader(c), nil)
		check(t, err)
		if resp.StatusCode != 200 {
			t.Errorf("request %d of %d: %s", i, n, resp.Status)
		}
		check(t, resp.Body.Close())
	}
}

// TestDescriptors counts what Capacity reckons with, in a process of its own:
// what earlier tests leave closes when it likes.
func TestDescriptors(t *testing.T) {
	if os.Getenv("COLDCRANK_TEST_ALONE") == "" {
		cmd := exec.Command(os.Args[0], "-test.run=^TestDescriptors$")
		cmd.Env = append(os.Environ(), "COLDCRANK_TEST_ALONE=1")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	x, ctx := startTest(t, local.Options{}), t.Context()
	config := awsConfig(x)
	config.HTTPClient = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	cw := cloudwatchlogs.NewFromConfig(config)
	const n = 20
	environment := 3 // and 1 of macOS, or of control groups
	if runtime.GOOS != "linux" || strings.HasPrefix(settings(t, x)["memoryLimit"], "cgroup") {
		environment++
	}
	before := openFiles(t)
	conns := dial(t, x, n)
	waitFor(t, "both ends of the connections", func() bool { return openFiles(t) == before+2*n })
	send(t, conns, "/try/hang")
	waitFor(t, "the requests", func() bool {
		out, err := cw.FilterLogEvents(ctx, &cloudwatchlogs.FilterLogEventsInput{LogGroupName: new("/tiny/hello"), FilterPattern: new("hanging")})
		check(t, err)
		return len(out.Events) == n
	})
	// Nothing changes any more but for the last request's connection.
	want := before + n*(2+environment)
	waitFor(t, fmt.Sprintf("%d descriptors where there are %d", want, openFiles(t)), func() bool { return openFiles(t) == want })
}
