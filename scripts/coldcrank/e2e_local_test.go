package main

import (
	"encoding/csv"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"

	"github.com/coldcrank/coldcrank/infra/outputs"
	"github.com/coldcrank/coldcrank/lambda/local"
	"github.com/coldcrank/coldcrank/lambda/reportlog"
	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
)

// TestE2ELocal is the first command of the README: the app of this repository,
// synthesized and measured on the local executor.
func TestE2ELocal(t *testing.T) {
	setup(t)
	first := allCold(t, shared.first, 1)

	t.Run("results file", func(t *testing.T) {
		run := readRun(t, first.File)
		checkTags(t, run.Header)
		if got, want := len(run.Samples), 3*(5+run.Header.Warm); got != want {
			t.Errorf("%d samples, want %d", got, want)
		}
		for _, s := range run.Samples {
			checkSample(t, s)
		}
		journals, err := filepath.Glob(filepath.Join(shared.results, "*.journal.json*"))
		if err != nil || journals != nil {
			t.Errorf("journals are left: %v (%v)", journals, err)
		}
	})

	t.Run("show", func(t *testing.T) {
		show := func(args ...string) string {
			t.Helper()
			args = append([]string{"show"}, args...)
			return must(t, runCommand(t, args...)).stdout
		}
		if got := show("--format", "json", first.File); got != shared.first.stdout {
			t.Errorf("show prints\n%s\nand run printed\n%s", got, shared.first.stdout)
		}
		table := show(first.File)
		for _, want := range []string{"Coldcrank/Health", "15 cold of 15 requested", "not comparable with AWS"} {
			if !strings.Contains(table, want) {
				t.Errorf("no %q in\n%s", want, table)
			}
		}
		if strings.Contains(table, "18.45") {
			t.Error("the reference's samples are shown without --reference")
		}
		table = show("--reference", first.File)
		for _, want := range []string{"measured by others on AWS", "18.45", "19.43", "22.43", "1.44", "1.93"} {
			if !strings.Contains(table, want) {
				t.Errorf("--reference: no %q in\n%s", want, table)
			}
		}
		checkCSV(t, show("--format", "csv", first.File), readRun(t, first.File))
	})

	t.Run("no build", func(t *testing.T) {
		second := allCold(t, runCommand(t, "run", "--no-build", "--burst", "5", "--rounds", "3", "--json", "--results", t.TempDir()), 1)
		if got, want := second.Header.Targets[0].DeploymentID, first.Header.Targets[0].DeploymentID; got != want {
			t.Errorf("deployment %s of the same assembly, want %s", got, want)
		}
	})

	for _, burst := range []string{"1", "5", "50"} {
		t.Run("bursts of "+burst, func(t *testing.T) {
			allCold(t, runCommand(t, "run", "--no-build", "--burst", burst, "--rounds", "4", "--json", "--results", t.TempDir()), 1)
		})
	}

	t.Run("another deployment", func(t *testing.T) { anotherDeployment(t, first) })
	t.Run("by Invoke", byInvoke)
	t.Run("from the disk", fromDisk)
	t.Run("100 ms later", laterIsWarm)
	t.Run("secrets", secretsStayOut)
}

// anotherDeployment: new code is another deployment of the same target. Its logs
// are text, where the first deployment's are JSON.
func anotherDeployment(t *testing.T, first report) {
	dir := changedApp(t)
	file := filepath.Join(dir, "infra", "benchapi", "function.go")
	code := strings.NewReplacer("awslambda.LoggingFormat_JSON", "awslambda.LoggingFormat_TEXT", "SystemLogLevelV2:             p.SystemLogLevel,", "", "ApplicationLogLevelV2:        awslambda.ApplicationLogLevel_INFO,", "").Replace(string(readFile(t, file)))
	if err := os.WriteFile(file, []byte(code), 0o644); err != nil {
		t.Fatal(err)
	}
	second := allCold(t, run(t, dir, nil, shared.command, "run", "--rounds", "3", "--json"), 1)
	if a, b := first.Header.Targets[0], second.Header.Targets[0]; a.DeploymentID == b.DeploymentID || a.CodeSHA256 == b.CodeSHA256 || a.Key != b.Key {
		t.Errorf("%s: deployment %s, then %s; code %s, then %s", b.Key, a.DeploymentID, b.DeploymentID, a.CodeSHA256, b.CodeSHA256)
	}
	for _, s := range readRun(t, second.File).Samples {
		checkSample(t, s)
	}
	if template := string(readFile(t, one(t, filepath.Join(dir, ".coldcrank", "assembly", "Coldcrank.template.json")))); !strings.Contains(template, `"LogFormat": "Text"`) {
		t.Error("the logs were not text")
	}
}

// byInvoke: the same cold starts without the API, from the answers' own tails.
func byInvoke(t *testing.T) {
	r := allCold(t, runCommand(t, "run", "--no-build", "--invoke", "--rounds", "3", "--json", "--results", t.TempDir()), 1)
	tags := r.Header.Targets[0]
	if tags.Via != dataset.ViaInvoke || tags.Method != http.MethodPost || !strings.Contains(tags.URL, "/invocations?Qualifier=bench") {
		t.Errorf("measured via %q, %s %s", tags.Via, tags.Method, tags.URL)
	}
	for _, s := range readRun(t, r.File).Samples {
		if s.RequestID == "" || s.Version == "" || s.DurationNS == nil || s.GatewayRequestID != "" || s.IntegrationLatencyMS != nil || s.Bytes == 0 {
			t.Fatalf("sample %+v", s)
		}
	}
	if table := must(t, runCommand(t, "show", r.File)).stdout; !strings.Contains(table, "by Invoke, not through an API") {
		t.Errorf("the table does not say how it was measured:\n%s", table)
	}
}

// secretsStayOut looks for what a request carried in what is kept of the run.
func secretsStayOut(t *testing.T) {
	const token, body, signature = "hunter2-in-a-header", "hunter2-in-a-body", "hunter2-in-a-signature"
	dir := t.TempDir()
	out := runCommand(t, "run", "--no-build", "--burst", "1", "--rounds", "1", "--warm", "1", "--json", "--results", dir,
		"--header", "Authorization: Bearer "+token, "--header", "X-Signature:"+signature, "--body", body, "--label", "pr=42", "--label", "who=a=b")
	r := allCold(t, out, 1)
	for _, secret := range []string{token, body, signature} {
		if strings.Contains(out.stdout+out.stderr, secret) || strings.Contains(string(readFile(t, r.File)), secret) {
			t.Errorf("%s is in the results or in what is printed", secret)
		}
	}
	if want := map[string]string{"pr": "42", "who": "a=b"}; !maps.Equal(r.Header.Labels, want) {
		t.Errorf("labels %v, want %v", r.Header.Labels, want)
	}
	if command := strings.Join(r.Header.Command, " "); !strings.Contains(command, "--header=Authorization: (left out)") {
		t.Errorf("the command line is kept as %q, want it with the header's name", command)
	}
}

// runCommand runs coldcrank in the shared app.
func runCommand(t *testing.T, args ...string) output {
	t.Helper()
	return run(t, shared.app, nil, shared.command, args...)
}

func readRun(t *testing.T, file string) *dataset.Run {
	t.Helper()
	run, err := dataset.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range run.Warnings {
		t.Error(w)
	}
	return run
}

// checkTags holds a header of this repository's app against what a results
// file must say years later.
func checkTags(t *testing.T, h dataset.Header) {
	t.Helper()
	if h.Schema != dataset.Schema || !strings.HasPrefix(h.Tool, "coldcrank ") || h.Executor != dataset.ExecutorLocal || len(h.ExecutorSettings) == 0 {
		t.Errorf("header of schema %d, tool %q, executor %q %v", h.Schema, h.Tool, h.Executor, h.ExecutorSettings)
	}
	if m := h.Machine; m == nil || m.CPUs < 1 || m.Kernel == "" || m.OS == "" || m.Arch == "" {
		t.Errorf("machine %+v", m)
	}
	if len(h.Targets) != 1 {
		t.Fatalf("%d targets, want 1", len(h.Targets))
	}
	g := h.Targets[0]
	if g.Key != "Coldcrank/Health" || len(g.DeploymentID) != 32 || g.MemoryMB != 512 || g.Architecture != "arm64" || g.Method != "GET" || !strings.HasSuffix(g.URL, "/health") {
		t.Errorf("target %+v", g)
	}
	if g.Platform != h.Machine.OS+"/"+h.Machine.Arch {
		t.Errorf("platform %s on %s/%s", g.Platform, h.Machine.OS, h.Machine.Arch)
	}
	// Of the shipped executable, not of the one that ran.
	if g.ZipBytes == 0 || g.ExecutableBytes < g.ZipBytes || len(g.ExecutableSHA256) != 64 || g.CodeSHA256 == "" ||
		!strings.HasPrefix(g.GoVersion, "go1.") || g.BuildSettings["GOARCH"] != "arm64" || g.BuildSettings["GOOS"] != "linux" {
		t.Errorf("code of target %+v", g)
	}
	if len(g.Commit) != 40 || g.Dirty == nil || *g.Dirty {
		t.Errorf("commit %q, dirty %v: want a clean commit, since what a run writes ignores itself", g.Commit, g.Dirty)
	}
}

// checkSample checks that nothing of a local sample is missing.
func checkSample(t *testing.T, s *dataset.Sample) {
	t.Helper()
	at := func(format string, args ...any) {
		t.Helper()
		t.Errorf("%s round %d, %s %d: "+format, append([]any{s.Target, s.Round, s.Phase, s.Index}, args...)...)
	}
	if s.GatewayRequestID == "" || s.RequestID == "" || s.LogStream == "" {
		at("gateway id %q, request id %q, stream %q", s.GatewayRequestID, s.RequestID, s.LogStream)
	}
	// Version 1 is the deployment's own; the first recycle publishes 2.
	if want := strconv.Itoa(s.Round + 1); s.Version != want {
		at("version %s, want %s", s.Version, want)
	}
	if s.Status != http.StatusOK || s.Error != "" || s.Bytes == 0 {
		at("status %d, %d bytes, error %q", s.Status, s.Bytes, s.Error)
	}
	if s.SentNS == nil || s.FirstByteNS == nil || s.DoneNS == nil || s.DialNS == nil ||
		*s.SentNS < s.ScheduledNS || *s.FirstByteNS < *s.SentNS || *s.DoneNS < *s.FirstByteNS {
		at("times of the client: scheduled %d, sent, first byte, done %v", s.ScheduledNS, []*int64{s.SentNS, s.FirstByteNS, s.DoneNS})
		return
	}
	client, _ := s.Client()
	switch {
	case s.IntegrationLatencyMS == nil || s.ResponseLatencyMS == nil || s.DurationNS == nil || s.BilledNS == nil || s.MemoryMB == nil || s.MaxMemoryUsedMB == nil:
		at("incomplete: %+v", s)
	case (s.InitNS != nil) != (s.Phase == dataset.Burst):
		at("init %v", s.InitNS)
	case s.InitNS != nil && (*s.InitNS <= 0 || *s.InitNS+*s.DurationNS > int64(client)):
		at("init %d and duration %d do not fit into the client's %s", *s.InitNS, *s.DurationNS, client)
	case *s.MaxMemoryUsedMB < 1 || *s.MemoryMB != 512:
		at("memory %d of %d", *s.MaxMemoryUsedMB, *s.MemoryMB)
	}
}

// checkCSV holds a table of samples against those of the run.
func checkCSV(t *testing.T, text string, run *dataset.Run) {
	t.Helper()
	records, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil || len(records) != 1+len(run.Samples) {
		t.Fatalf("%d records (%v), want a header and %d samples", len(records), err, len(run.Samples))
	}
	init, request := slices.Index(records[0], "init_ns"), slices.Index(records[0], "request_id")
	if init < 0 || request < 0 {
		t.Fatalf("columns are %v", records[0])
	}
	for i, s := range run.Samples {
		want := ""
		if s.InitNS != nil {
			want = strconv.FormatInt(*s.InitNS, 10)
		}
		if got := records[i+1]; got[init] != want || got[request] != s.RequestID {
			t.Errorf("record %d has %s, %s, want %s, %s", i+1, got[request], got[init], s.RequestID, want)
		}
	}
}

// laterIsWarm sends five requests at once and, 100 ms after their answers, one
// more, and looks up in the log what they were.
func laterIsWarm(t *testing.T) {
	x, err := local.Start(t.Context(), filepath.Join(shared.app, ".coldcrank", "assembly"), local.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	url, err := x.URL("Health")
	if err != nil {
		t.Fatal(err)
	}
	// Connections are closed so that none is left when the executor ends.
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	answers := make(chan error)
	get := func() {
		resp, err := client.Get(url)
		if err == nil {
			_, err = io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
		}
		answers <- err
	}
	colds := func() (cold, all int) {
		t.Helper()
		logs := cloudwatchlogs.New(cloudwatchlogs.Options{
			Region: "us-east-1", BaseEndpoint: aws.String(x.Endpoint()), Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
		})
		group := x.Outputs()["Coldcrank"][outputs.LogicalID("Health", outputs.FunctionLogs)]
		pages := cloudwatchlogs.NewFilterLogEventsPaginator(logs, &cloudwatchlogs.FilterLogEventsInput{LogGroupName: &group})
		for pages.HasMorePages() {
			page, err := pages.NextPage(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range page.Events {
				records, err := reportlog.Parse(aws.ToString(e.Message))
				if err != nil {
					t.Error(err)
				}
				for _, r := range records {
					if r.Kind == reportlog.Report {
						all++
						if r.Cold() {
							cold++
						}
					}
				}
			}
		}
		return cold, all
	}
	// A report is written after its answer: wait until all are there.
	reports := func(want int) (cold int) {
		t.Helper()
		for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
			cold, all := colds()
			if all == want {
				return cold
			}
			if time.Now().After(deadline) {
				t.Fatalf("%d reports, want %d", all, want)
			}
		}
	}

	const burst = 5
	for range burst {
		go get()
	}
	for range burst {
		if err := <-answers; err != nil {
			t.Fatal(err)
		}
	}
	before := reports(burst)
	time.Sleep(100 * time.Millisecond)
	go get()
	if err := <-answers; err != nil {
		t.Fatal(err)
	}
	if after := reports(burst + 1); after != before || before < 1 {
		t.Errorf("%d cold starts of %d requests at once, and %d with the one 100 ms later, want no more", before, burst, after)
	}
}
