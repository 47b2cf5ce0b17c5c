package main

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"runtime"
	"time"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
	"github.com/coldcrank/coldcrank/scripts/internal/machine"
)

// executorProcess is the executor of starts that no Lambda and no local executor
// made: a process each, by package boot, without a REPORT.
const executorProcess = "process"

// started is a start that was measured.
type started struct {
	who, where  string
	at          time.Duration // since the bench was made
	init, first time.Duration // first is 0 of a function that answers no event
}

// places are the targets' stacks, by where programs are started from.
var places = map[string]string{warmStart: "warm", evictedStart: "evicted", slowStart: "slow"}

// keyOf is the target of a function in a place.
func keyOf(where, who string) string { return places[where] + "/" + folderOf(function{who: who}) }

// writeResults writes the starts as a run's results file in a folder, and returns its
// name. Each function in each place is a target that is compared with the reference
// in the same place. Init is package boot's, Duration is the first invocation; all
// that only a REPORT or a client says is absent.
func writeResults(dir string, b *bench, list []function, args []string) (_ string, err error) {
	id := make([]byte, 6)
	rand.Read(id) // never fails
	h := dataset.Header{
		Tool: "coldcrank peers", Run: hex.EncodeToString(id), Started: b.began.UTC(), Command: append([]string{"peers"}, shown(args)...),
		Executor: executorProcess, ExecutorSettings: map[string]string{"init": "process start to first /next, without a REPORT", "isolation": "none"},
		Machine: machine.This(),
		Burst:   1, Rounds: b.repeat * b.boots,
	}
	samples := map[string][]started{}
	for _, s := range b.started {
		key := keyOf(s.where, s.who)
		samples[key] = append(samples[key], s)
	}
	for _, where := range []string{warmStart, evictedStart, slowStart} {
		reference := keyOf(where, axumDynamic)
		for _, f := range list {
			t := dataset.Target{
				Key: keyOf(where, f.who), Stack: places[where], Name: folderOf(f), Function: f.who,
				Via: executorProcess, Architecture: architecture(), Platform: "linux/" + runtime.GOARCH,
			}
			// Who failed in a repetition has no number in the table either.
			if len(samples[t.Key]) != h.Rounds {
				delete(samples, t.Key)
				continue
			}
			if t.Key != reference && len(samples[reference]) == h.Rounds {
				t.Against = reference
			}
			data, err := os.ReadFile(f.exe)
			if err != nil {
				return "", err
			}
			sum := sha256.Sum256(data)
			t.ExecutableBytes, t.ExecutableSHA256 = int64(len(data)), hex.EncodeToString(sum[:])
			t.DeploymentID = t.ExecutableSHA256[:8]
			h.Targets = append(h.Targets, t)
		}
	}
	w, err := dataset.Create(dir, h)
	if err != nil {
		return "", err
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("results: %w", err), w.Close())
		}
	}()
	for _, t := range h.Targets {
		for i, s := range samples[t.Key] {
			sample := &dataset.Sample{Target: t.Key, Round: i + 1, Phase: dataset.Burst, Outcome: dataset.Cold, ScheduledNS: s.at.Nanoseconds(), InitNS: new(s.init.Nanoseconds())}
			if s.first > 0 {
				sample.DurationNS = new(s.first.Nanoseconds())
			}
			if err := w.Write(sample); err != nil {
				return "", err
			}
		}
	}
	return w.Finish(dataset.End{Finished: time.Now().UTC(), Restored: true, RoundsDone: h.Rounds})
}

// architecture is Lambda's name of this machine's.
func architecture() string {
	if runtime.GOARCH == "amd64" {
		return "x86_64"
	}
	return runtime.GOARCH
}
