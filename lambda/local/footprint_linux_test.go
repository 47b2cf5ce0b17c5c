package local_test

import (
	"bufio"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"

	"github.com/coldcrank/coldcrank/lambda/local"
)

// TestFootprintExecutor is the executor of TestFootprint.
func TestFootprintExecutor(t *testing.T) {
	if os.Getenv("COLDCRANK_TEST_FOOTPRINT") == "" {
		t.Skip("is run by TestFootprint")
	}
	x := startTest(t, local.Options{})
	fmt.Printf("executor %s %s\n", base(t, x), x.Endpoint())
	bufio.NewReader(os.Stdin).ReadString('\n') // until the end of input
}

// TestFootprint measures the memory of an executor with 100 environments that
// each serve a request: of its own process, without the functions and without
// the client. 60 MB are aimed at, and 40 were measured; the collector's mood may
// add to it.
func TestFootprint(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: the race detector takes memory of its own")
	}
	const n, mostMB = 100, 90
	cmd := exec.Command(os.Args[0], "-test.run=^TestFootprintExecutor$")
	cmd.Env = append(os.Environ(), "COLDCRANK_TEST_FOOTPRINT=1")
	in, err := cmd.StdinPipe()
	check(t, err)
	out, err := cmd.StdoutPipe()
	check(t, err)
	check(t, cmd.Start())
	var url, endpoint string
	if _, err := fmt.Fscanf(out, "executor %s %s\n", &url, &endpoint); err != nil {
		t.Fatal(err)
	}
	idle := memoryOf(t, cmd.Process.Pid)
	cw := cloudwatchlogs.NewFromConfig(aws.Config{Region: "eu-central-1", BaseEndpoint: &endpoint, Credentials: credentials.NewStaticCredentialsProvider("local", "local", "")})
	for range n {
		go func() {
			if resp, err := http.Get(url + "/try/hang"); err == nil { // it is cut off at the end
				resp.Body.Close()
			}
		}()
	}
	waitFor(t, "the requests", func() bool {
		events, err := cw.FilterLogEvents(t.Context(), &cloudwatchlogs.FilterLogEventsInput{LogGroupName: new("/tiny/hello"), FilterPattern: new("hanging")})
		check(t, err)
		return len(events.Events) == n
	})
	up := memoryOf(t, cmd.Process.Pid)
	t.Logf("resident: %.1f MB before the first request, %.1f MB with %d environments, %.1f MB at the most", idle["VmRSS"], up["VmRSS"], n, up["VmHWM"])
	if up["VmHWM"] > mostMB {
		t.Errorf("%.1f MB with %d environments, want at most %d", up["VmHWM"], n, mostMB)
	}
	check(t, in.Close())
	check(t, cmd.Wait())
}

var memoryLine = regexp.MustCompile(`(?m)^(Vm\w+):\s+(\d+) kB$`)

// memoryOf is what proc_pid_status(5) says of a process, in MB.
func memoryOf(t *testing.T, pid int) map[string]float64 {
	t.Helper()
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	check(t, err)
	mb := map[string]float64{}
	for _, m := range memoryLine.FindAllStringSubmatch(strings.ReplaceAll(string(b), "\t", " "), -1) {
		kb, err := strconv.Atoi(m[2])
		check(t, err)
		mb[m[1]] = float64(kb) / 1024
	}
	return mb
}
