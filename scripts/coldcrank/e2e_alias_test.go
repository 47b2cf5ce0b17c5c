package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
)

// An alias shows weights of its own while AWS moves it
// (https://github.com/hashicorp/terraform-provider-aws/pull/48116); for how long
// requests still reach the version before, nobody says.
const (
	aliasWeights = 100 * time.Millisecond  // shown; the run looks again after 300
	aliasLag     = 1200 * time.Millisecond // until requests reach the new version: 300 and more after they should
)

// laggingAlias stands before the proxy and answers for an alias that is moved at
// once by its own words, and late in truth.
type laggingAlias struct {
	t    *testing.T
	p    *plant
	next http.Handler

	mu      sync.Mutex
	moved   time.Time // when the last move was asked for
	to, old string
	first   string // where it leads before the run
	text    string // the alias's description
	done    chan struct{}
	early   []string // versions that were to be deleted while they answered
	deleted []string // while the run went on

	settling int // looks at the alias that still show a deployment's move
}

func (l *laggingAlias) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch onAlias := strings.Contains(r.URL.Path, "/aliases/"); {
	case onAlias && r.Method == http.MethodPut:
		l.move(w, r)
	case onAlias && r.Method == http.MethodGet && l.answer(w):
	default:
		if version := r.URL.Query().Get("Qualifier"); r.Method == http.MethodDelete {
			l.mu.Lock()
			if time.Since(l.moved) < aliasLag && version == l.old || version == l.to {
				l.early = append(l.early, version)
			}
			if l.to != l.first {
				l.deleted = append(l.deleted, version)
			}
			l.mu.Unlock()
		}
		l.next.ServeHTTP(w, r)
	}
}

func (l *laggingAlias) move(w http.ResponseWriter, r *http.Request) {
	var asked struct{ FunctionVersion, Description string }
	body, err := io.ReadAll(r.Body)
	if err == nil {
		err = json.Unmarshal(body, &asked)
	}
	if err != nil {
		l.t.Errorf("UpdateAlias: %v", err)
	}
	l.mu.Lock()
	before := l.done
	l.mu.Unlock()
	if before != nil {
		<-before
	}
	now, err := l.p.lambda.GetAlias(l.t.Context(), &lambda.GetAliasInput{FunctionName: &l.p.function, Name: &l.p.alias})
	if err != nil {
		l.t.Errorf("GetAlias: %v", err)
		return
	}
	done := make(chan struct{})
	l.mu.Lock()
	l.moved, l.to, l.old, l.text, l.done = time.Now(), asked.FunctionVersion, aws.ToString(now.FunctionVersion), asked.Description, done
	l.mu.Unlock()
	time.AfterFunc(aliasLag, func() {
		defer close(done)
		_, err := l.p.lambda.UpdateAlias(l.t.Context(), &lambda.UpdateAliasInput{
			FunctionName: &l.p.function, Name: &l.p.alias, FunctionVersion: &asked.FunctionVersion, Description: &asked.Description})
		if err != nil {
			l.t.Errorf("UpdateAlias: %v", err)
		}
	})
	l.answer(w)
}

// answer tells of an alias that moves. It answers nothing once the move is done.
func (l *laggingAlias) answer(w http.ResponseWriter) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case <-l.done: // nil before the first move
		return false
	default:
		if l.done == nil {
			return l.answerSettling(w)
		}
	}
	body := map[string]any{"Name": l.p.alias, "FunctionVersion": l.to, "Description": l.text, "RevisionId": "moving"}
	if time.Since(l.moved) < aliasWeights {
		body["RoutingConfig"] = map[string]any{"AdditionalVersionWeights": map[string]float64{l.old: 0.5}}
	}
	l.write(w, body)
	return true
}

// answerSettling tells of the alias as the deployment before the run has moved it.
func (l *laggingAlias) answerSettling(w http.ResponseWriter) bool {
	if l.settling == 0 {
		return false
	}
	l.settling--
	l.write(w, map[string]any{"Name": l.p.alias, "FunctionVersion": l.first, "RevisionId": "settling",
		"RoutingConfig": map[string]any{"AdditionalVersionWeights": map[string]float64{"9999": 0.5}}})
	return true
}

func (l *laggingAlias) write(w http.ResponseWriter, body map[string]any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(body); err != nil {
		l.t.Errorf("answer: %v", err)
	}
}

// TestLaggingAlias measures behind an alias that lags, with the pace of AWS: what
// the version before answers is stale and counted apart, no version is deleted
// that still answers, and the journal has the alias as it was.
func TestLaggingAlias(t *testing.T) {
	if testing.Short() {
		t.Skip("waits as long as requests may reach a version that AWS's alias has left")
	}
	p := startPlant(t)
	before := p.state(t)
	original, err := p.lambda.GetAlias(t.Context(), &lambda.GetAliasInput{FunctionName: &p.function, Name: &p.alias})
	if err != nil {
		t.Fatal(err)
	}
	proxy := startFaultProxy(t, p.executor.Endpoint())
	front := &laggingAlias{t: t, p: p, next: proxy, first: aws.ToString(original.FunctionVersion), settling: 3}
	s := httptest.NewServer(front)
	t.Cleanup(s.Close)
	file := p.outputs(t, s.URL)
	withoutExecutor(t, file)
	v := startDeployed(t, s.URL, file)
	v.cmd.Args = append(v.cmd.Args, "--yes", "--rounds", "9", "--warm", "120", "--patience", "20s")
	var mu sync.Mutex
	journals := 0
	proxy.passed = func(faultCall) {
		mu.Lock()
		defer mu.Unlock()
		for _, name := range v.journals(t) {
			var j struct {
				Targets []struct {
					Before struct {
						AliasVersion string             `json:"alias_version"`
						AliasWeights map[string]float64 `json:"alias_weights"`
					}
				}
			}
			if err := json.Unmarshal(readFile(t, name), &j); err != nil || len(j.Targets) == 0 {
				continue // not begun
			}
			journals++
			if b := j.Targets[0].Before; b.AliasVersion != *original.FunctionVersion || len(b.AliasWeights) > 0 {
				t.Errorf("the journal has the original %+v, want version %s", b, *original.FunctionVersion)
			}
		}
	}
	proxy.Calls() // for the race detector: the hook is set before any call
	v.start(t)
	v.wait(t, 2*time.Minute)
	said := v.stderr.String()
	if v.code() != exitInconclusive || !strings.Contains(said, "0 of 18 cold starts verified") || !strings.Contains(said, putBack) {
		t.Errorf("exit code %d, and it said\n%s", v.code(), said)
	}
	p.asBefore(t, before)
	front.mu.Lock()
	defer front.mu.Unlock()
	if front.early != nil || journals == 0 || front.settling > 0 {
		t.Errorf("versions %v were deleted while they answered; %d journals seen; %d looks did not show the move before the run", front.early, journals, front.settling)
	}
	if len(front.deleted) == 0 {
		t.Error("no version was deleted before the end: the test shows nothing of it")
	}
	files, err := filepath.Glob(filepath.Join(v.results, "*.jsonl"))
	if err != nil || len(files) != 1 {
		t.Fatalf("results %v (%v), want one file, and it said\n%s", files, err, said)
	}
	newest := map[int]int{} // of each round
	run := readRun(t, files[0])
	for _, s := range run.Samples {
		n, err := strconv.Atoi(s.Version)
		if err != nil {
			t.Fatalf("round %d, %s %d is of version %q", s.Round, s.Phase, s.Index, s.Version)
		}
		newest[s.Round] = max(newest[s.Round], n)
	}
	stale := 0
	for _, s := range run.Samples {
		late := s.Version != strconv.Itoa(newest[s.Round])
		if late {
			stale++
		}
		if late != (s.Outcome == dataset.Stale) || s.Phase == dataset.Burst && !late {
			t.Errorf("round %d, %s %d of version %s is %s, and the round's version %d", s.Round, s.Phase, s.Index, s.Version, s.Outcome, newest[s.Round])
		}
	}
	for round := 1; round <= 9; round++ {
		if newest[round] == 0 || newest[round] == newest[round-1] {
			t.Errorf("versions %v, want one a round", newest)
		}
	}
	if table := must(t, runIn(t, v.temp, v.cmd.Env, command(t), "show", files[0])).stdout; !strings.Contains(table, "18 stale") {
		t.Errorf("%d stale, and the table says\n%s", stale, table)
	}
}
