package export

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
	"github.com/coldcrank/coldcrank/scripts/internal/render"
)

// CSV writes a line of names and then a line for each sample of the runs, as
// RFC 4180 has it. A sample has the tags of its run and target, all its
// fields under the names of the results file, and a column "label:KEY" for each
// label that any of the runs has. An empty cell was not measured.
//
// Text that a spreadsheet would take for a formula gets a ' before it, and
// control characters are written as Go writes them, so that no record spans
// two lines.
//
// Columns are those of the run, then of the target, of the sample, and the labels in
// the order of their names; readers find them by name, since a new one comes after
// others of its kind.
func CSV(w io.Writer, runs ...*dataset.Run) error {
	var labels []string
	for _, run := range runs {
		for k := range run.Header.Labels {
			labels = append(labels, k)
		}
	}
	slices.Sort(labels)
	labels = slices.Compact(labels)

	out := csv.NewWriter(w)
	out.UseCRLF = true // RFC 4180, section 2
	var record []string
	for _, f := range csvFields {
		record = append(record, f.name)
	}
	for _, l := range labels {
		record = append(record, safeCell("label:"+l))
	}
	if err := out.Write(record); err != nil {
		return fmt.Errorf("write CSV: %w", err)
	}
	for _, run := range runs {
		targets := byKey(run)
		for _, s := range run.Samples {
			t := targets[s.Target]
			if t == nil {
				t = &dataset.Target{}
			}
			record = record[:0]
			for _, f := range csvFields {
				record = append(record, f.text(&run.Header, t, s))
			}
			for _, l := range labels {
				record = append(record, safeCell(run.Header.Labels[l]))
			}
			if err := out.Write(record); err != nil {
				return fmt.Errorf("write CSV: %w", err)
			}
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("write CSV: %w", err)
	}
	return nil
}

// csvField is a column. The text of fields from elsewhere goes through safeCell.
type csvField struct {
	name string
	text func(*dataset.Header, *dataset.Target, *dataset.Sample) string
}

var csvFields = []csvField{
	{"run", ofRun(func(h *dataset.Header) string { return h.Run })},
	{"started", ofRun(func(h *dataset.Header) string { return h.Started.UTC().Format(time.RFC3339Nano) })},
	{"executor", ofRun(func(h *dataset.Header) string { return h.Executor })},

	{"deployment_id", ofTarget(func(t *dataset.Target) string { return t.DeploymentID })},
	{"function", ofTarget(func(t *dataset.Target) string { return t.Function })},
	{"region", ofTarget(func(t *dataset.Target) string { return t.Region })},
	{"architecture", ofTarget(func(t *dataset.Target) string { return t.Architecture })},
	{"platform", ofTarget(func(t *dataset.Target) string { return t.Platform })},
	{"via", ofTarget(func(t *dataset.Target) string { return t.Via })},
	{"code_sha256", ofTarget(func(t *dataset.Target) string { return t.CodeSHA256 })},
	{"commit", ofTarget(func(t *dataset.Target) string { return t.Commit })},
	{"start_type", ofTarget(func(t *dataset.Target) string { return t.StartType })},
	{"against", ofTarget(func(t *dataset.Target) string { return t.Against })},
	{"go_version", ofTarget(func(t *dataset.Target) string { return t.GoVersion })},
	{"dirty", ofTarget(func(t *dataset.Target) string {
		if t.Dirty == nil {
			return ""
		}
		return strconv.FormatBool(*t.Dirty)
	})},
	{"zip_bytes", ofTarget(func(t *dataset.Target) string { return known(t.ZipBytes) })},
	{"executable_bytes", ofTarget(func(t *dataset.Target) string { return known(t.ExecutableBytes) })},

	{"target", ofSample(func(s *dataset.Sample) string { return s.Target })},
	{"round", ofSample(func(s *dataset.Sample) string { return strconv.Itoa(s.Round) })},
	{"phase", ofSample(func(s *dataset.Sample) string { return string(s.Phase) })},
	{"index", ofSample(func(s *dataset.Sample) string { return strconv.Itoa(s.Index) })},
	{"outcome", ofSample(func(s *dataset.Sample) string { return string(s.Outcome) })},
	{"scheduled_ns", number(func(s *dataset.Sample) *int64 { return &s.ScheduledNS })},
	{"sent_ns", number(func(s *dataset.Sample) *int64 { return s.SentNS })},
	{"first_byte_ns", number(func(s *dataset.Sample) *int64 { return s.FirstByteNS })},
	{"done_ns", number(func(s *dataset.Sample) *int64 { return s.DoneNS })},
	{"dial_ns", number(func(s *dataset.Sample) *int64 { return s.DialNS })},
	{"tls_ns", number(func(s *dataset.Sample) *int64 { return s.TLSNS })},
	{"protocol", ofSample(func(s *dataset.Sample) string { return s.Protocol })},
	{"status", ofSample(func(s *dataset.Sample) string { return known(int64(s.Status)) })},
	{"bytes", number(func(s *dataset.Sample) *int64 {
		if s.Status == 0 {
			return nil // without an answer there is no length of one
		}
		return &s.Bytes
	})},
	{"error_class", ofSample(func(s *dataset.Sample) string { return s.ErrorClass })},
	{"error", ofSample(func(s *dataset.Sample) string { return s.Error })},
	{"gateway_request_id", ofSample(func(s *dataset.Sample) string { return s.GatewayRequestID })},
	{"request_id", ofSample(func(s *dataset.Sample) string { return s.RequestID })},
	{"version", ofSample(func(s *dataset.Sample) string { return s.Version })},
	{"log_stream", ofSample(func(s *dataset.Sample) string { return s.LogStream })},
	{"joined", ofSample(func(s *dataset.Sample) string { return s.Joined })},
	{"init_type", ofSample(func(s *dataset.Sample) string { return s.InitType })},
	{"init_failed", ofSample(func(s *dataset.Sample) string { return s.InitFailed })},
	{"integration_latency_ms", number(func(s *dataset.Sample) *float64 { return s.IntegrationLatencyMS })},
	{"response_latency_ms", number(func(s *dataset.Sample) *float64 { return s.ResponseLatencyMS })},
	{"gateway_error", ofSample(func(s *dataset.Sample) string { return s.GatewayError })},
	{"init_ns", number(func(s *dataset.Sample) *int64 { return s.InitNS })},
	{"duration_ns", number(func(s *dataset.Sample) *int64 { return s.DurationNS })},
	{"billed_ns", number(func(s *dataset.Sample) *int64 { return s.BilledNS })},
	{"restore_ns", number(func(s *dataset.Sample) *int64 { return s.RestoreNS })},
	{"memory_mb", number(func(s *dataset.Sample) *int { return s.MemoryMB })},
	{"max_memory_used_mb", number(func(s *dataset.Sample) *int { return s.MaxMemoryUsedMB })},
	{"report_status", ofSample(func(s *dataset.Sample) string { return s.ReportStatus })},
}

type cell = func(*dataset.Header, *dataset.Target, *dataset.Sample) string

func ofRun(text func(*dataset.Header) string) cell {
	return func(h *dataset.Header, _ *dataset.Target, _ *dataset.Sample) string { return safeCell(text(h)) }
}

func ofTarget(text func(*dataset.Target) string) cell {
	return func(_ *dataset.Header, t *dataset.Target, _ *dataset.Sample) string { return safeCell(text(t)) }
}

func ofSample(text func(*dataset.Sample) string) cell {
	return func(_ *dataset.Header, _ *dataset.Target, s *dataset.Sample) string { return safeCell(text(s)) }
}

// number writes a number that may be negative, and so must not meet safeCell.
func number[T int | int64 | float64](value func(*dataset.Sample) *T) cell {
	return func(_ *dataset.Header, _ *dataset.Target, s *dataset.Sample) string {
		v := value(s)
		if v == nil {
			return ""
		}
		return fmt.Sprint(*v)
	}
}

// known writes a count of which 0 means that nobody said.
func known(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

// safeCell keeps text from being a formula in a spreadsheet (OWASP, "CSV
// Injection", full-width signs included) and a command in a terminal.
func safeCell(text string) string {
	text = render.Clean(text)
	first, _ := utf8.DecodeRuneInString(strings.TrimLeft(text, " "))
	if strings.ContainsRune("=+-@\uff1d\uff0b\uff0d\uff20", first) {
		return "'" + text
	}
	return text
}
