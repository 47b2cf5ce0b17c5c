package dataset

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestRoundTrip(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "results")
	w := create(t, dir, header("ab12"))
	whole := full(t)
	write(t, w, sample(1, 0, LogMissing), sample(1, 1, LogMissing), whole)
	cold := sample(1, 0, Cold)
	cold.InitNS = new(int64(2_500_000))
	write(t, w, cold, sample(2, 0, Failed))
	want := show(t, []*Sample{cold, sample(1, 1, LogMissing), whole, sample(2, 0, Failed)})

	partial := readFile(t, w.Name())
	if got := show(t, partial.Samples); got != want {
		t.Errorf("partial file: got %s\nwant %s", got, want)
	}
	if !partial.Partial || partial.End != nil || !strings.HasSuffix(partial.File, ".jsonl.partial") {
		t.Errorf("partial file %s is not known as one", partial.File)
	}

	end := End{Finished: started.Add(time.Minute), Restored: true, RoundsDone: 2}
	name, err := w.Finish(end)
	if err != nil {
		t.Fatal(err)
	}
	if want := filepath.Join(dir, "20261122T023043.123Z-ab12.jsonl"); name != want || w.Name() != want {
		t.Errorf("finished file: got %s and %s, want %s", name, w.Name(), want)
	}
	run := readFile(t, name)
	if got := show(t, run.Samples); got != want {
		t.Errorf("finished file: got %s\nwant %s", got, want)
	}
	h := header("ab12")
	h.Schema = Schema
	if !reflect.DeepEqual(run.Header, h) {
		t.Errorf("header: got %+v\nwant %+v", run.Header, h)
	}
	if run.Partial || run.End == nil || !reflect.DeepEqual(*run.End, end) || len(run.Warnings) != 0 {
		t.Errorf("finished file: partial %v, end %+v, warnings %v", run.Partial, run.End, run.Warnings)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("directory after Finish: %v, %v; want the finished file only", left, err)
	}
	if text, err := os.ReadFile(name); err != nil || bytes.Count(text, []byte("\n")) != 6 {
		t.Errorf("finished file has %d lines (%v), want header, 4 samples, end", bytes.Count(text, []byte("\n")), err)
	}
}

func TestCreateRefuses(t *testing.T) {
	tests := []struct {
		name   string
		change func(*Header)
	}{
		{"no run id", func(h *Header) { h.Run = "" }},
		{"run id with a path", func(h *Header) { h.Run = "../a" }},
		{"no start", func(h *Header) { h.Started = time.Time{} }},
		{"target twice", func(h *Header) { h.Targets = append(h.Targets, h.Targets[0]) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			h := header("ab12")
			tt.change(&h)
			if _, err := Create(dir, h); err == nil {
				t.Error("got no error")
			}
			if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
				t.Errorf("left behind: %v, %v", left, err)
			}
		})
	}
	t.Run("a run that exists", func(t *testing.T) {
		dir := t.TempDir()
		create(t, dir, header("ab12"))
		if _, err := Create(dir, header("ab12")); !errors.Is(err, os.ErrExist) {
			t.Errorf("got %v, want ErrExist", err)
		}
	})
}

func TestWriteRefusesUnknownTarget(t *testing.T) {
	w := create(t, t.TempDir(), header("ab12"))
	if err := w.Write(&Sample{Target: "App/Other"}); err == nil {
		t.Error("got no error")
	}
	write(t, w, sample(1, 0, Cold))
	if run := readFile(t, w.Name()); len(run.Samples) != 1 || len(run.Warnings) != 0 {
		t.Errorf("got %d samples, warnings %v", len(run.Samples), run.Warnings)
	}
}

func TestWriteErrorIsKept(t *testing.T) {
	w, err := Create(t.TempDir(), header("ab12"))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.file.Close(); err != nil { // from here on the disk refuses
		t.Fatal(err)
	}
	if err := w.Write(sample(1, 0, Cold)); err != nil {
		t.Fatalf("a buffered write: %v", err)
	}
	want := "write " + w.Name() + ": " + os.ErrClosed.Error()
	if err := w.Sync(); !errors.Is(err, os.ErrClosed) || err.Error() != want {
		t.Errorf("Sync: got %v, want %s", err, want)
	}
	if err := w.Write(sample(1, 1, Cold)); !errors.Is(err, os.ErrClosed) || err.Error() != want {
		t.Errorf("Write after it: got %v, want the same error", err)
	}
	if _, err := w.Finish(End{}); !errors.Is(err, os.ErrClosed) || err.Error() != want {
		t.Errorf("Finish after it: got %v, want the same error", err)
	}
	if _, err := os.Stat(w.Name()); err != nil {
		t.Errorf("partial file: %v", err)
	}
}

func TestFinishKeepsPartialOnError(t *testing.T) {
	dir := t.TempDir()
	w := create(t, dir, header("ab12"))
	write(t, w, sample(1, 0, Cold))
	// A directory in the place of the finished file makes the rename fail.
	if err := os.Mkdir(w.final, 0o777); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Finish(End{}); err == nil || !strings.Contains(err.Error(), w.final) {
		t.Errorf("got %v, want an error of %s", err, w.final)
	}
	if run := readFile(t, w.Name()); len(run.Samples) != 1 {
		t.Errorf("partial file has %d samples, want 1", len(run.Samples))
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 2 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestDamagedFiles(t *testing.T) {
	const head = `{"header":{"schema":1,"targets":[{"target":"A/B"}]}}` + "\n"
	const one = `{"sample":{"target":"A/B","round":1,"phase":"burst","index":0,"outcome":"cold"}}` + "\n"
	const two = `{"sample":{"target":"A/B","round":1,"phase":"burst","index":1,"outcome":"cold"}}` + "\n"
	tests := []struct {
		name, text string
		samples    int
		line       int // of the only warning, 0 for none
		err        error
	}{
		{"torn last line", head + one + two[:40], 1, 3, ErrTornLine},
		{"whole last line without newline", head + one + strings.TrimSpace(two), 2, 0, nil},
		{"bad line between", head + one + "{\"sample\":\x00\n" + two, 2, 3, nil},
		{"wrong type between", head + one + `{"sample":{"round":"x"}}` + "\n" + two, 2, 3, nil},
		{"empty lines", head + "\n \r\n" + one + "\n", 1, 0, nil},
		{"unknown kinds and fields", head + `{"note":1}` + "\n" + `{"sample":{"target":"A/B","colour":{}}}` + "\n", 1, 0, nil},
		{"unknown target", head + strings.Replace(one, "A/B", "C/D", 1) + two, 1, 2, ErrUnknownTarget},
		{"newer schema", strings.Replace(head, `1`, `99`, 1) + one, 1, 1, ErrNewerSchema},
		{"second header", head + one + head + two, 1, 3, ErrSecondHeader},
		{"long line", head + one + strings.Repeat(" ", maxLine+1) + "\n" + two, 2, 3, ErrLongLine},
		{"the last of a partial file wins", head + one + two + one, 2, 0, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			run, err := Read(strings.NewReader(tt.text))
			if err != nil {
				t.Fatal(err)
			}
			if len(run.Samples) != tt.samples {
				t.Errorf("got %d samples, want %d", len(run.Samples), tt.samples)
			}
			if tt.line == 0 {
				if len(run.Warnings) != 0 {
					t.Errorf("got warnings %v, want none", run.Warnings)
				}
				return
			}
			if len(run.Warnings) != 1 || run.Warnings[0].Line != tt.line {
				t.Fatalf("got warnings %v, want one of line %d", run.Warnings, tt.line)
			}
			if tt.err != nil && !errors.Is(run.Warnings[0], tt.err) {
				t.Errorf("got warning %v, want %v", run.Warnings[0], tt.err)
			}
		})
	}
}

func TestNoHeader(t *testing.T) {
	for _, text := range []string{"", "\n", "PK\x03\x04", `{"sample":{}}`, `{"header":{}}`, `{"header":nul`, "[]", "5\n"} {
		_, err := Read(strings.NewReader(text))
		if bad, ok := errors.AsType[*LineError](err); !ok || bad.Err != ErrNoHeader || bad.Line != 1 {
			t.Errorf("%q: got %v, want ErrNoHeader of line 1", text, err)
		}
	}
	if _, err := ReadFile(filepath.Join(t.TempDir(), "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing file: got %v", err)
	}
}

func TestReadReturnsErrorsOfTheStream(t *testing.T) {
	broken := errors.New("cable pulled")
	in := io.MultiReader(strings.NewReader(`{"header":{"schema":1}}`+"\n{"), errReader{broken})
	if _, err := Read(in); !errors.Is(err, broken) {
		t.Errorf("got %v, want %v", err, broken)
	}
}

type errReader struct{ err error }

func (r errReader) Read([]byte) (int, error) { return 0, r.err }

func TestNewest(t *testing.T) {
	dir := t.TempDir()
	for _, missing := range []string{dir, filepath.Join(dir, "none")} {
		if _, err := Newest(missing); !errors.Is(err, ErrNoResults) {
			t.Errorf("got %v, want ErrNoResults", err)
		}
	}
	steps := []struct{ file, want string }{
		{"zebra.jsonl", ""},
		{".header-123", ""},
		{"20261122T023043.123Z-ff.jsonl", "20261122T023043.123Z-ff.jsonl"},
		{"20261122T023043.124Z-aa.jsonl.partial", "20261122T023043.124Z-aa.jsonl.partial"},
		{"20261122T023043.124Z-aa.jsonl", "20261122T023043.124Z-aa.jsonl"},
		{"20251122T023043.124Z-bb.jsonl", "20261122T023043.124Z-aa.jsonl"},
	}
	for _, s := range steps {
		if err := os.WriteFile(filepath.Join(dir, s.file), nil, 0o666); err != nil {
			t.Fatal(err)
		}
		got, err := Newest(dir)
		if s.want == "" && errors.Is(err, ErrNoResults) {
			continue
		}
		if err != nil || filepath.Base(got) != s.want {
			t.Errorf("with %s: got %s, %v; want %s", s.file, got, err, s.want)
		}
	}
}

func ExampleCreate() {
	dir, err := os.MkdirTemp("", "results")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	w, err := Create(dir, Header{Run: "ab12", Started: started, Targets: []Target{{Key: "App/Orders"}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	request := Sample{Target: "App/Orders", Round: 1, Phase: Burst, Outcome: LogMissing}
	errs := []error{w.Write(&request), w.Sync()} // the round was sent
	request.Outcome, request.InitNS = Cold, new(int64(2_500_000))
	errs = append(errs, w.Write(&request), w.Sync()) // its logs have come
	name, err := w.Finish(End{Finished: started, Restored: true, RoundsDone: 1})
	if err := errors.Join(append(errs, err)...); err != nil {
		fmt.Println(err)
		return
	}
	run, err := ReadFile(name)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(filepath.Base(name), len(run.Samples), run.Samples[0].Outcome, run.Partial)
	// Output: 20261122T023043.123Z-ab12.jsonl 1 cold false
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"header":{"schema":1,"targets":[{"target":"A/B"}]}}` + "\n" +
		`{"sample":{"target":"A/B","round":1,"phase":"burst","index":0,"outcome":"cold","init_ns":5}}` + "\n" +
		`{"end":{"rounds_done":1}}` + "\n"))
	f.Add([]byte(`{"header":{"schema":2}}` + "\n\x00\n" + `{"sample":`))
	f.Add([]byte("{}\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		run, err := Read(bytes.NewReader(text))
		if err != nil {
			return
		}
		// What could be read can be written, and is then read as the same.
		var lines bytes.Buffer
		out := json.NewEncoder(&lines)
		errs := []error{out.Encode(line{Header: &run.Header})}
		for _, s := range run.Samples {
			errs = append(errs, out.Encode(line{Sample: s}))
		}
		if run.End != nil {
			errs = append(errs, out.Encode(line{End: run.End}))
		}
		if err := errors.Join(errs...); err != nil {
			t.Fatal(err)
		}
		again, err := Read(&lines)
		if err != nil {
			t.Fatal(err)
		}
		if run.Header.Schema <= Schema && len(again.Warnings) != 0 {
			t.Errorf("got warnings %v", again.Warnings)
		}
		if got, want := show(t, again.Samples), show(t, run.Samples); got != want {
			t.Errorf("got %s\nwant %s", got, want)
		}
	})
}
