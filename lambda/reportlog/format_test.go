package reportlog

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"
)

// What text and JSON can both hold, of all kinds, comes back as it was.
func TestRoundTrip(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 5000 {
		r := generate(rnd, 10*time.Microsecond)
		wantRecords(t, r.Text(), r)
		if r.Kind == End {
			continue
		}
		r = generate(rnd, time.Nanosecond)
		if r.Kind == End {
			continue
		}
		r.Time = time.UnixMilli(rnd.Int64N(1e13)).UTC()
		r.XRaySegmentID = "" // no place in JSON
		for i := range r.Extra {
			r.Extra[i] = Field{"/record/x" + fmt.Sprint(i), fmt.Sprintf("%q", r.Extra[i].Value)}
		}
		wantRecords(t, string(r.JSON()), r)
	}
}

// generate makes a record with any subset of its kind's fields. Durations are
// multiples of unit, those that are billed of a millisecond.
func generate(rnd *rand.Rand, unit time.Duration) Record {
	maybe := func() bool { return rnd.IntN(2) == 0 }
	duration := func(unit time.Duration) *time.Duration {
		if maybe() {
			return nil
		}
		return new(time.Duration(rnd.Int64N(int64(15*time.Minute/unit))) * unit)
	}
	size := func() *int {
		if maybe() {
			return nil
		}
		return new(rnd.IntN(10241))
	}
	one := func(of ...string) string { return of[rnd.IntN(len(of))] }
	r := Record{Kind: Kind(1 + rnd.IntN(int(RestoreReport)))}
	switch r.Kind {
	case Start:
		r.RequestID, r.Version = fmt.Sprintf("%016x", rnd.Uint64()), one("$LATEST", "1", "512")
	case End:
		r.RequestID = fmt.Sprintf("%016x", rnd.Uint64())
	case Report:
		r.RequestID = fmt.Sprintf("%016x", rnd.Uint64())
		r.Duration, r.InitDuration, r.RestoreDuration = duration(unit), duration(unit), duration(unit)
		r.BilledDuration, r.BilledRestoreDuration = duration(time.Millisecond), duration(time.Millisecond)
		r.MemorySizeMB, r.MaxMemoryUsedMB = size(), size()
		r.Status, r.ErrorType = one("", "timeout", "error", "failure"), one("", "Runtime.ExitError")
		if maybe() {
			r.XRayTraceID, r.XRaySegmentID, r.XRaySampled = "1-65105691-384f7da75714148655fa631b", "2c52a147021ebd20", one("true", "false")
		}
	case InitStart:
		r.RuntimeVersion, r.RuntimeVersionARN = one("provided:al2023.v98", "java:21.v30"), one("", "arn:aws:lambda:eu-west-3::runtime:b475")
	case InitReport:
		r.Duration = new(time.Duration(rnd.Int64N(1e6)) * unit)
		r.Phase, r.Status, r.ErrorType = one("init", "invoke", ""), one("", "success", "error", "timeout"), one("", "Runtime.Unknown")
	case RestoreReport:
		r.Duration = new(time.Duration(rnd.Int64N(1e6)) * unit)
		r.Status, r.ErrorType = one("", "success", "error"), one("", "Runtime.ExitError")
	}
	if maybe() {
		r.Extra = []Field{{"Moon Phase", one("full", "new: 0.5", "a;b")}, {"Empty", ""}}
	}
	return r
}

func TestDecimals(t *testing.T) {
	for _, tt := range []struct {
		d                         time.Duration
		hundredths, whole, millis string
	}{
		{0, "0.00", "0", "0"},
		{1, "0.00", "1", "0.000001"},
		{4_999, "0.00", "1", "0.004999"},
		{5_000, "0.01", "1", "0.005"},
		{18_450_000, "18.45", "19", "18.45"},
		{18_454_999, "18.45", "19", "18.454999"},
		{999_995_000, "1000.00", "1000", "999.995"},
		{time.Second, "1000.00", "1000", "1000"},
		{math.MaxInt64, "9223372036854.78", "9223372036855", "9223372036854.775807"},
	} {
		got := [3]string{string(appendHundredths(nil, tt.d)), string(appendWhole(nil, tt.d)), string(appendMillis(nil, tt.d))}
		if want := [3]string{tt.hundredths, tt.whole, tt.millis}; got != want {
			t.Errorf("%d ns: got %q, want %q", tt.d, got, want)
		}
		if ns, exact, ok := fixed(tt.millis, 6); ns != int64(tt.d) || !exact || !ok {
			t.Errorf("fixed(%s) = %d, %t, %t", tt.millis, ns, exact, ok)
		}
	}
}

// Every two-decimal value that a 15-minute function can have would be 90
// million; each hundredth of the first two seconds is read exactly.
func TestTwoDecimalsExact(t *testing.T) {
	for n := range int64(200_000) {
		s := fmt.Sprintf("%d.%02d", n/100, n%100)
		ns, exact, ok := fixed(s, 6)
		if ns != n*10_000 || !exact || !ok {
			t.Fatalf("fixed(%q) = %d, %t, %t", s, ns, exact, ok)
		}
	}
}

// What came from JSON, or from a caller, cannot forge a line.
func TestTextForgesNothing(t *testing.T) {
	r := Record{Kind: Report, RequestID: "1", Status: "error", ErrorType: "E\nREPORT RequestId: 2\tDuration: 1.00 ms"}
	if got := strings.Count(r.Text(), "\n"); got != 1 {
		t.Errorf("%d lines: %q", got, r.Text())
	}
	r = Record{Kind: RestoreReport, ErrorType: "\"}\n{", Extra: []Field{{"/record/x", "}{"}, {"/record/y/z", "1"}}}
	records, err := Parse(string(r.JSON()))
	if err != nil || len(records) != 1 || records[0].ErrorType != r.ErrorType {
		t.Errorf("%s: %+v, %v", r.JSON(), records, err)
	}
}

func TestNoFormat(t *testing.T) {
	for _, tt := range []struct {
		r          Record
		text, json string
	}{
		{Record{}, "", ""},
		{Record{Kind: 99}, "", ""},
		{Record{Kind: End, RequestID: "1"}, "END RequestId: 1\n", ""},
		{Record{Kind: RestoreReport}, "RESTORE_REPORT\n", `{"type":"platform.restoreReport","record":{}}`},
		// A success is not said in the text of a report.
		{Record{Kind: Report, RequestID: "1", Status: "success"}, "REPORT RequestId: 1\t\n", `{"type":"platform.report","record":{"requestId":"1","status":"success"}}`},
		// Extra goes to the format that it came from.
		{
			Record{Kind: End, RequestID: "1", Extra: []Field{{"K", "v"}, {"/record/k", "1"}}},
			"END RequestId: 1\tK: v\n", "",
		},
		{
			Record{Kind: Report, RequestID: "1", XRayTraceID: "2", XRaySegmentID: "3", Extra: []Field{{"K", "v"}, {"/record/metrics/k", "1"}}},
			"REPORT RequestId: 1\tK: v\t\nXRAY TraceId: 2\tSegmentId: 3\t\n",
			`{"type":"platform.report","record":{"requestId":"1","metrics":{"k":1},"tracing":{"type":"X-Amzn-Trace-Id","value":"Root=2"}}}`,
		},
	} {
		if got := tt.r.Text(); got != tt.text {
			t.Errorf("%+v:\ngot  %q\nwant %q", tt.r, got, tt.text)
		}
		if got := string(tt.r.JSON()); got != tt.json {
			t.Errorf("%+v:\ngot  %s\nwant %s", tt.r, got, tt.json)
		}
	}
}

// FuzzParse: no message panics; every record that was read can be written in
// the format that it came from and read again, and from then on stays the same
// (the first writing rounds: to two decimals in text, to milliseconds of the
// time in JSON).
func FuzzParse(f *testing.F) {
	for _, tt := range lines {
		f.Add(tt.text)
	}
	for _, tt := range events {
		f.Add(tt.event)
	}
	f.Add("REPORT RequestId: 1\tDuration: 0.005 ms\tX: \r\x00\xff END\tRequestId : 2STARTRequestId: 1INIT_START RESTORE_REPORT")
	f.Add("INIT_REPORT Phase: x  Init Duration: 9223372036854.77 ms RESTORE_REPORT Restore Duration: 1 ms\nREPORT RequestId: 1XRAY TraceId: 1\nXRAY TraceId: 1\n")
	f.Add(`{"type":"platform.report","record":{"requestId":"\ud800\n","metrics":{"durationMs":1.0000005e-3,"~1":[{ }]},"tracing":{"type":"X-Amzn-Trace-Id","value":"Root=;Root=a;Sampled=0"}}}{"a`)
	asText := Record.Text
	asJSON := func(r Record) string { return string(r.JSON()) }
	f.Fuzz(func(t *testing.T, message string) {
		records, _ := Parse(message)
		onlyText := !strings.Contains(message, `"platform.`)
		onlyJSON := !strings.Contains(message, "START ") && !strings.Contains(message, "END ") && !strings.Contains(message, "REPORT ")
		for _, r := range records {
			fixedPoint(t, r, asText, onlyText)
			fixedPoint(t, r, asJSON, onlyJSON)
		}
	})
}

func fixedPoint(t *testing.T, r Record, format func(Record) string, must bool) {
	t.Helper()
	first, ok := readAgain(r, format)
	if !ok {
		if must {
			t.Errorf("not read again: %+v\n%q", r, format(r))
		}
		return
	}
	if first.Kind != r.Kind || first.RequestID != r.RequestID && must {
		t.Errorf("read as another: %+v\n%+v", r, first)
	}
	if second, ok := readAgain(first, format); !ok || !reflect.DeepEqual(first, second) {
		t.Errorf("no fixed point: %q\n%+v\n%+v", format(first), first, second)
	}
}

func readAgain(r Record, format func(Record) string) (Record, bool) {
	got, err := Parse(format(r))
	if err != nil || len(got) != 1 {
		return Record{}, false
	}
	return got[0], true
}

func ExampleParse() {
	records, err := Parse("START RequestId: 8f507cfc Version: 7\n" +
		"hello from the function\n" +
		"END RequestId: 8f507cfc\n" +
		"REPORT RequestId: 8f507cfc\tDuration: 1.44 ms\tBilled Duration: 20 ms\tMemory Size: 512 MB\tMax Memory Used: 16 MB\tInit Duration: 18.45 ms\t\n")
	if err != nil {
		fmt.Println(err)
	}
	for _, r := range records {
		switch {
		case r.Kind == Start:
			fmt.Println("version", r.Version)
		case r.Cold():
			fmt.Println("cold:", *r.InitDuration, "init,", *r.Duration, "handler,", *r.MaxMemoryUsedMB, "MB")
		}
	}
	// Output:
	// version 7
	// cold: 18.45ms init, 1.44ms handler, 16 MB
}

func ExampleRecord_JSON() {
	r := Record{
		Kind:      InitReport,
		Time:      time.Date(2024, 3, 13, 18, 56, 24, 46e6, time.UTC),
		InitType:  "on-demand",
		Phase:     "init",
		Status:    "error",
		ErrorType: "Runtime.ExitError",
		Duration:  new(206_720 * time.Microsecond),
	}
	fmt.Printf("%s\n", r.JSON())
	fmt.Print(r.Text())
	// Output:
	// {"time":"2024-03-13T18:56:24.046Z","type":"platform.initReport","record":{"initializationType":"on-demand","phase":"init","status":"error","errorType":"Runtime.ExitError","metrics":{"durationMs":206.72}}}
	// INIT_REPORT Init Duration: 206.72 ms	Phase: init	Status: error	Error Type: Runtime.ExitError
}

func ExampleSyntaxError() {
	records, err := Parse("REPORT RequestId: 1\tDuration: 1.4\nEND RequestId: 2\n")
	fmt.Println(len(records), "record;", err)
	// Output:
	// 1 record; platform line "REPORT RequestId: 1\tDuration: 1.4": expected Duration, once, in ms
}

func BenchmarkParse(b *testing.B) {
	message := func(of string) string {
		if of == "function" {
			return `{"time":"2024-03-13T18:56:24.046Z","level":"INFO","msg":"hello","requestId":"` + id + `"}`
		}
		for _, tt := range lines {
			if tt.name == of {
				return tt.text
			}
		}
		for _, tt := range events {
			if "JSON "+tt.name == of {
				return tt.event
			}
		}
		b.Fatal("no such line: ", of)
		return ""
	}
	for _, of := range []string{"cold", "X-Ray", "start of a version", "JSON cold", "function"} {
		b.Run(of, func(b *testing.B) {
			m := message(of)
			b.SetBytes(int64(len(m)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Parse(m); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
