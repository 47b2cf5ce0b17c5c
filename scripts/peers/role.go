package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/coldcrank/coldcrank/infra/outputs"
	"github.com/coldcrank/coldcrank/lambda/local"
	"github.com/coldcrank/coldcrank/scripts/peers/internal/delay"
	"github.com/coldcrank/coldcrank/scripts/peers/internal/server"
	"github.com/coldcrank/coldcrank/scripts/peers/internal/stack"
)

// The roles of this program's children: what is measured runs in a process of its
// own, as it does beside a peer.
const (
	roleServer   = "server"
	roleExecutor = "executor"
)

// serverSettings is what the server's role reads.
type serverSettings struct{ Cold, Warm, Delay, Jitter time.Duration }

// addresses is what it says when it listens: its own, and that of the delay line.
type addresses struct{ Direct, Delayed string }

// question is what the server is asked: to forget and hold a burst of Hold
// requests, or what has arrived.
type question struct {
	Reset bool
	Hold  int
}

// arrived is its answer.
type arrived struct {
	AtNS           []int64 // since the first arrival, in order
	Cold, Requests int     // of the simulated environments
}

// executorSettings is what the executor's role reads.
type executorSettings struct{ Assembly string }

// place is what it says when it listens.
type place struct {
	URL, Endpoint string
	Settings      map[string]string
}

// play plays a role until in ends.
func play(role string, in io.Reader, out io.Writer) error {
	questions, answers := json.NewDecoder(in), json.NewEncoder(out)
	switch role {
	case roleServer:
		return playServer(questions, answers)
	case roleExecutor:
		return playExecutor(questions, answers)
	case roleVolume:
		return playVolume(questions, answers)
	}
	return fmt.Errorf("no role %q", role)
}

func playServer(questions *json.Decoder, answers *json.Encoder) (err error) {
	var settings serverSettings
	if err := questions.Decode(&settings); err != nil {
		return err
	}
	s, err := server.Start(settings.Cold, settings.Warm)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	line, err := delay.Listen(s.Addr(), settings.Delay, settings.Jitter, 1)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, line.Close()) }()
	if err := answers.Encode(addresses{s.Addr(), line.Addr()}); err != nil {
		return err
	}
	for {
		var q question
		if err := questions.Decode(&q); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		var a arrived
		if q.Reset {
			s.Arrivals.Arm(q.Hold)
			s.Simulated.Reset()
		} else {
			at := s.Arrivals.At()
			for _, t := range at {
				a.AtNS = append(a.AtNS, int64(t.Sub(at[0])))
			}
			a.Cold, a.Requests = s.Simulated.Counts()
		}
		if err := answers.Encode(a); err != nil {
			return err
		}
	}
}

func playExecutor(questions *json.Decoder, answers *json.Encoder) (err error) {
	var settings executorSettings
	if err := questions.Decode(&settings); err != nil {
		return err
	}
	x, err := local.Start(context.Background(), settings.Assembly, local.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, x.Close()) }()
	p := place{Endpoint: x.Endpoint()}
	if p.URL, err = x.URL(stack.Target); err != nil {
		return err
	}
	file := filepath.Join(settings.Assembly, "outputs.json")
	if err := x.WriteOutputs(file); err != nil {
		return err
	}
	written, err := outputs.ReadFile(file)
	if err != nil {
		return err
	}
	if err := os.Remove(file); err != nil {
		return err
	}
	p.Settings = written.Executor.Settings
	if err := answers.Encode(p); err != nil {
		return err
	}
	if err := questions.Decode(new(question)); !errors.Is(err, io.EOF) {
		return fmt.Errorf("a question to the executor: %w", err)
	}
	return nil
}
