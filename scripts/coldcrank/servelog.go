package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/coldcrank/coldcrank/lambda/local"
)

// logTime is the time of an event: UTC, to the millisecond as CloudWatch keeps it.
const logTime = "2006-01-02T15:04:05.000Z"

// print prints log events as they come, until ctx is done. The error is that of
// writing.
func (s *serving) print(ctx context.Context, tail *local.Tail, w io.Writer) error {
	for {
		events, err := tail.Next(ctx)
		if err != nil {
			return nil
		}
		names := s.names()
		var b strings.Builder
		for _, e := range events {
			if e.Function == "" && !s.flags.accessLog {
				continue
			}
			writeEvent(&b, e, names)
		}
		if _, err := io.WriteString(w, b.String()); err != nil {
			return fmt.Errorf("print the logs: %w", err)
		}
	}
}

// names are what the functions that are served are called: a benchmark API's by its
// target, another by its own name. A prefix tells nothing where there is one.
func (s *serving) names() map[string]string {
	names := map[string]string{}
	for _, r := range s.stage.executor.Routes() {
		names[r.Function] = r.Function
	}
	for _, t := range s.stage.executor.Targets() {
		names[t.FunctionName] = t.String()
	}
	return names
}

// writeEvent writes an event, each of its lines by itself.
func writeEvent(b *strings.Builder, e local.LogEvent, names map[string]string) {
	prefix := e.Time.UTC().Format(logTime) + " "
	switch name := names[e.Function]; {
	case e.Function == "":
		prefix += e.Group + " "
	case name == "":
		prefix += e.Function + " "
	case len(names) > 1:
		prefix += name + " "
	}
	for line := range strings.SplitSeq(strings.TrimRight(e.Message, "\n"), "\n") {
		b.WriteString(printable(prefix + line))
		b.WriteByte('\n')
	}
}
