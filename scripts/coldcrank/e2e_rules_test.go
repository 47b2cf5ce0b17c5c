package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/smithy-go"

	"github.com/coldcrank/coldcrank/lambda/local"
)

// rule is something that AWS does and a run relies on. try finds out what a
// service does; where that is not want, deviates names it, and with it what the
// service does instead, so that a newer one that mends it is noticed.
type rule struct {
	says     string
	source   string // what AWS's documentation, or who has seen it, calls it
	want     string
	try      func(s *service) string
	deviates map[string]string
	lag      local.Lag // with which the executor does it
}

const (
	executor  = "executor"
	miniStack = "MiniStack"
	moto      = "moto"
)

// unreadable is an answer that the SDK cannot decode.
const unreadable = "no answer of the protocol"

const (
	lambdaAPI = "https://docs.aws.amazon.com/lambda/latest/api/API_"
	logsAPI   = "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_"
	lambdaDG  = "https://docs.aws.amazon.com/lambda/latest/dg/"
)

// TestRules tries each rule on the executor, and where they can be started on the
// emulators of others, who share no belief with us.
func TestRules(t *testing.T) {
	if testing.Short() {
		t.Skip("starts servers of Python")
	}
	for name, start := range map[string]func(*testing.T) *service{
		executor: executorService,
		miniStack: func(t *testing.T) *service {
			return emulatorService(t, miniStack, startMiniStack(t, python(t, "ministack")))
		},
		moto: func(t *testing.T) *service { return emulatorService(t, moto, startMoto(t, python(t, "moto_server"))) },
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t)
			for _, r := range rules {
				want, named := r.deviates[name]
				if !named {
					want = r.want
				} else if want == r.want {
					t.Errorf("%s: is named as a deviation and is none", r.says)
				}
				subject := s
				if name == executor && r.lag != (local.Lag{}) {
					subject = serviceOf(t, startPlantWith(t, local.Options{Lag: r.lag}))
				}
				if is := r.try(subject); is != want {
					t.Errorf("%s: %s, want %s", r.says, is, want)
				}
			}
		})
	}
	page := filepath.Join("..", "..", "docs", "service-rules.md")
	if *update {
		if err := os.WriteFile(page, []byte(rulesPage()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if string(readFile(t, page)) != rulesPage() {
		t.Errorf("%s is not what the rules say: go test -run TestRules -update writes it", page)
	}
}

// code is AWS's name of an error, and "ok" where there is none.
func code(err error) string {
	var api smithy.APIError
	var undecoded *smithy.DeserializationError
	switch {
	case err == nil:
		return "ok"
	case errors.As(err, &api):
		return api.ErrorCode()
	case errors.As(err, &undecoded):
		return unreadable
	}
	return err.Error()
}

// rulesPage is the table for people.
func rulesPage() string {
	var b strings.Builder
	b.WriteString(`# Rules of AWS that a run relies on

What AWS does, by its documentation or by who has seen it, and what the local executor and two emulators that others wrote do (MiniStack 1.5.33, moto 5.2.5). ` + "`go test ./scripts/coldcrank -run TestRules`" + ` tries each rule on all three, also the deviations, and holds this page (` + "`-update`" + ` writes it).

| AWS | the answer | executor | MiniStack | moto |
| --- | --- | --- | --- | --- |
`)
	for _, r := range rules {
		cells := []string{fmt.Sprintf("[%s](%s)", r.says, r.source), r.want}
		for _, name := range []string{executor, miniStack, moto} {
			cell := "✓"
			if other, ok := r.deviates[name]; ok {
				cell = other
			}
			cells = append(cells, cell)
		}
		fmt.Fprintf(&b, "| %s |\n", strings.Join(cells, " | "))
	}
	return b.String()
}
