package reportlog

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

const id = "8f507cfc-2ab6-4697-b07a-ac58fc914c95"

// ms is a duration given in hundredths of a millisecond, so that no float
// takes part in what the tests want.
func ms(hundredths int64) *time.Duration {
	return new(time.Duration(hundredths) * 10 * time.Microsecond)
}

// lines are single records as AWS writes them; every one is also written again.
var lines = []struct {
	name string
	text string
	want Record
}{
	{"start of a version", "START RequestId: " + id + " Version: 7\n", Record{Kind: Start, RequestID: id, Version: "7"}},
	{"start of $LATEST", "START RequestId: " + id + " Version: $LATEST\n", Record{Kind: Start, RequestID: id, Version: "$LATEST"}},
	{"end", "END RequestId: " + id + "\n", Record{Kind: End, RequestID: id}},
	{
		"warm",
		"REPORT RequestId: " + id + "\tDuration: 1.63 ms\tBilled Duration: 2 ms\tMemory Size: 512 MB\tMax Memory Used: 16 MB\t\n",
		Record{Kind: Report, RequestID: id, Duration: ms(163), BilledDuration: ms(200), MemorySizeMB: new(512), MaxMemoryUsedMB: new(16)},
	},
	{
		"cold",
		"REPORT RequestId: " + id + "\tDuration: 1.44 ms\tBilled Duration: 20 ms\tMemory Size: 512 MB\tMax Memory Used: 16 MB\tInit Duration: 18.45 ms\t\n",
		Record{
			Kind: Report, RequestID: id, Duration: ms(144), BilledDuration: ms(2000), MemorySizeMB: new(512), MaxMemoryUsedMB: new(16),
			InitDuration: ms(1845),
		},
	},
	{
		"X-Ray",
		"REPORT RequestId: " + id + "\tDuration: 2.46 ms\tBilled Duration: 417 ms\tMemory Size: 1024 MB\tMax Memory Used: 95 MB\tInit Duration: 413.61 ms\t\n" +
			"XRAY TraceId: 1-6ac7c67a-1c0aa43118a5d54708c0da61\tSegmentId: 2d54219895e821dd\tSampled: true\t\n",
		Record{
			Kind: Report, RequestID: id, Duration: ms(246), BilledDuration: ms(41700), MemorySizeMB: new(1024), MaxMemoryUsedMB: new(95),
			InitDuration: ms(41361),
			XRayTraceID:  "1-6ac7c67a-1c0aa43118a5d54708c0da61", XRaySegmentID: "2d54219895e821dd", XRaySampled: "true",
		},
	},
	{
		"timeout",
		"REPORT RequestId: " + id + "\tDuration: 3000.00 ms\tBilled Duration: 3000 ms\tMemory Size: 1024 MB\tMax Memory Used: 64 MB\tStatus: timeout\n",
		Record{
			Kind: Report, RequestID: id, Duration: ms(300000), BilledDuration: ms(300000), MemorySizeMB: new(1024), MaxMemoryUsedMB: new(64),
			Status: "timeout",
		},
	},
	{
		"out of memory, X-Ray",
		"REPORT RequestId: " + id + "\tDuration: 10935.70 ms\tBilled Duration: 10936 ms\tMemory Size: 1024 MB\tMax Memory Used: 1024 MB\tStatus: error\tError Type: Runtime.OutOfMemory\n" +
			"XRAY TraceId: 1-6ac7d556-032906e375c910cf42cb849e\tSegmentId: 90cbc97f4ee64a7f\tSampled: false\t\n",
		Record{
			Kind: Report, RequestID: id, Duration: ms(1093570), BilledDuration: ms(1093600), MemorySizeMB: new(1024), MaxMemoryUsedMB: new(1024),
			Status: "error", ErrorType: "Runtime.OutOfMemory",
			XRayTraceID: "1-6ac7d556-032906e375c910cf42cb849e", XRaySegmentID: "90cbc97f4ee64a7f", XRaySampled: "false",
		},
	},
	{
		"SnapStart",
		"REPORT RequestId: " + id + "\tDuration: 2338.66 ms\tBilled Duration: 2521 ms\tMemory Size: 3009 MB\tMax Memory Used: 173 MB\tRestore Duration: 398.97 ms\tBilled Restore Duration: 182 ms\t\n",
		Record{
			Kind: Report, RequestID: id, Duration: ms(233866), BilledDuration: ms(252100), MemorySizeMB: new(3009), MaxMemoryUsedMB: new(173),
			RestoreDuration: ms(39897), BilledRestoreDuration: ms(18200),
		},
	},
	{
		"unknown key",
		"REPORT RequestId: " + id + "\tDuration: 1.00 ms\tCPU Temperature: 40 C: hot\t\n",
		Record{Kind: Report, RequestID: id, Duration: ms(100), Extra: []Field{{"CPU Temperature", "40 C: hot"}}},
	},
	{
		"runtime version",
		"INIT_START Runtime Version: provided:al2023.v98\tRuntime Version ARN: arn:aws:lambda:us-east-1::runtime:0eb6fb00\n",
		Record{Kind: InitStart, RuntimeVersion: "provided:al2023.v98", RuntimeVersionARN: "arn:aws:lambda:us-east-1::runtime:0eb6fb00"},
	},
	{
		"init timed out",
		"INIT_REPORT Init Duration: 9999.79 ms\tPhase: init\tStatus: timeout\n",
		Record{Kind: InitReport, Duration: ms(999979), Phase: "init", Status: "timeout"},
	},
	{
		"init failed again",
		"INIT_REPORT Init Duration: 1666.62 ms\tPhase: invoke\tStatus: error\tError Type: Runtime.ExitError\n",
		Record{Kind: InitReport, Duration: ms(166662), Phase: "invoke", Status: "error", ErrorType: "Runtime.ExitError"},
	},
	{"init before a snapshot", "INIT_REPORT Init Duration: 9908.09 ms\n", Record{Kind: InitReport, Duration: ms(990809)}},
	{"restored", "RESTORE_REPORT Restore Duration: 511.25 ms\n", Record{Kind: RestoreReport, Duration: ms(51125)}},
	{
		"restore failed",
		"RESTORE_REPORT Restore Duration: 1236.04 ms\tStatus: error\tError Type: Runtime.ExitError\n",
		Record{Kind: RestoreReport, Duration: ms(123604), Status: "error", ErrorType: "Runtime.ExitError"},
	},
}

func TestText(t *testing.T) {
	for _, tt := range lines {
		t.Run(tt.name, func(t *testing.T) {
			wantRecords(t, tt.text, tt.want)
			if got := tt.want.Text(); got != tt.text {
				t.Errorf("Text:\ngot  %q\nwant %q", got, tt.text)
			}
		})
	}
}

var written = time.Date(2024, 3, 13, 18, 56, 24, 46_000_000, time.UTC)

var events = []struct {
	name  string
	event string
	want  Record
}{
	{
		"start",
		`{"time":"2024-03-13T18:56:24.046Z","type":"platform.start","record":{"requestId":"` + id + `","version":"$LATEST","functionArn":"arn:x"}}`,
		Record{Kind: Start, Time: written, RequestID: id, Version: "$LATEST", Extra: []Field{{"/record/functionArn", `"arn:x"`}}},
	},
	{
		"cold",
		`{"time":"2024-03-13T18:56:24.046Z","type":"platform.report","record":{"requestId":"` + id + `","metrics":{"durationMs":1233.96,"billedDurationMs":1698,"memorySizeMB":256,"maxMemoryUsedMB":123,"initDurationMs":463.512},"status":"success"}}`,
		Record{
			Kind: Report, Time: written, RequestID: id, Duration: ms(123396), BilledDuration: ms(169800), MemorySizeMB: new(256), MaxMemoryUsedMB: new(123),
			InitDuration: new(463_512 * time.Microsecond), Status: "success",
		},
	},
	{
		"restored",
		`{"time":"2024-03-13T18:56:24.046Z","type":"platform.report","record":{"requestId":"` + id + `","metrics":{"durationMs":13.82,"billedDurationMs":129,"memorySizeMB":512,"maxMemoryUsedMB":71,"restoreDurationMs":204.27,"billedRestoreDurationMs":115},"status":"success"}}`,
		Record{
			Kind: Report, Time: written, RequestID: id, Duration: ms(1382), BilledDuration: ms(12900), MemorySizeMB: new(512), MaxMemoryUsedMB: new(71),
			RestoreDuration: ms(20427), BilledRestoreDuration: ms(11500), Status: "success",
		},
	},
	{
		"failed, with a trace",
		`{"time":"2024-03-13T18:56:24.046Z","type":"platform.report","record":{"requestId":"` + id + `","metrics":{"durationMs":3000},"status":"error","errorType":"Runtime.ExitError","tracing":{"spanId":"24cd7d670fa455f0","type":"X-Amzn-Trace-Id","value":"Root=1-6352a70e-1e2c;Parent=35465b3a;Sampled=1"}}}`,
		Record{
			Kind: Report, Time: written, RequestID: id, Duration: ms(300000), Status: "error", ErrorType: "Runtime.ExitError",
			XRayTraceID: "1-6352a70e-1e2c", XRaySampled: "true",
			Extra: []Field{{"/record/tracing", `{"spanId":"24cd7d670fa455f0","type":"X-Amzn-Trace-Id","value":"Root=1-6352a70e-1e2c;Parent=35465b3a;Sampled=1"}`}},
		},
	},
	{
		"init start",
		`{"time":"2024-03-13T18:56:24.046Z","type":"platform.initStart","record":{"initializationType":"provisioned-concurrency","phase":"init","runtimeVersion":"provided:al2023.v98","runtimeVersionArn":"arn:aws:lambda:us-east-1::runtime:0eb6","functionName":"f","functionVersion":"7"}}`,
		Record{
			Kind: InitStart, Time: written, InitType: "provisioned-concurrency", Phase: "init",
			RuntimeVersion: "provided:al2023.v98", RuntimeVersionARN: "arn:aws:lambda:us-east-1::runtime:0eb6",
			Extra: []Field{{"/record/functionName", `"f"`}, {"/record/functionVersion", `"7"`}},
		},
	},
	{
		"init timed out",
		`{"time":"2024-03-13T18:56:24.046Z","type":"platform.initReport","record":{"initializationType":"on-demand","phase":"init","status":"timeout","metrics":{"durationMs":10000.487}}}`,
		Record{
			Kind: InitReport, Time: written, InitType: "on-demand", Phase: "init", Status: "timeout",
			Duration: new(10_000_487 * time.Microsecond),
		},
	},
	{
		"restore",
		`{"time":"2024-03-13T18:56:24.046Z","type":"platform.restoreReport","record":{"status":"success","metrics":{"durationMs":15.19},"spans":[{"name":"someTimeSpan","durationMs":30.0}]}}`,
		Record{
			Kind: RestoreReport, Time: written, Status: "success", Duration: ms(1519),
			Extra: []Field{{"/record/spans", `[{"name":"someTimeSpan","durationMs":30.0}]`}},
		},
	},
	{
		"keys of every level, escaped",
		`{"time":"2024-03-13T18:56:24.046Z","type":"platform.report","record":{"requestId":"a\"b","metrics":{"durationMs":0.000001,"a/b~c":1e3},"x":{"y":null}},"level":"INFO"}`,
		Record{
			Kind: Report, Time: written, RequestID: `a"b`, Duration: new(time.Nanosecond),
			Extra: []Field{{"/level", `"INFO"`}, {"/record/metrics/a~1b~0c", "1e3"}, {"/record/x", `{"y":null}`}},
		},
	},
}

func TestJSON(t *testing.T) {
	for _, tt := range events {
		t.Run(tt.name, func(t *testing.T) {
			wantRecords(t, tt.event, tt.want)
			if got := string(tt.want.JSON()); got != tt.event {
				t.Errorf("JSON:\ngot  %s\nwant %s", got, tt.event)
			}
		})
	}
}

// Forms that are read and are not the ones that are written.
func TestParseOtherForms(t *testing.T) {
	cold := Record{Kind: Report, RequestID: id, Duration: ms(144), BilledDuration: ms(1200), MemorySizeMB: new(128), InitDuration: ms(3)}
	initError := Record{Kind: InitReport, Duration: ms(123604), Phase: "init", Status: "error", ErrorType: "Runtime.ExitError"}
	for _, tt := range []struct {
		name, message string
		want          []Record
	}{
		{"AWS's emulator: Init Duration first", "REPORT RequestId: " + id + "\tInit Duration: 0.03 ms\tDuration: 1.44 ms\tBilled Duration: 12 ms\tMemory Size: 128 MB", []Record{cold}},
		{"another first key", "REPORT Init Duration: 0.03 ms\tMemory Size: 128 MB\tDuration: 1.44 ms\tBilled Duration: 12 ms\tRequestId: " + id, []Record{cold}},
		{"blank before the tab", "REPORT RequestId: " + id + "\tInit Duration: 0.03 ms\tDuration: 1.44 ms\tBilled Duration: 12 ms \tMemory Size: 128 MB\t\r\n", []Record{cold}},
		{"no tabs, as in the documentation", "INIT_REPORT Init Duration: 1236.04 ms Phase: init Status: error Error Type: Runtime.ExitError", []Record{initError}},
		{"no blanks", "INIT_REPORT Init Duration:1236.04ms\tPhase:init\tStatus:error\tError Type:Runtime.ExitError", []Record{initError}},
		{"floats", `{"type":"platform.report","record":{"requestId":"` + id + `","metrics":{"durationMs":1.44,"billedDurationMs":12.0,"memorySizeMB":1.28e2,"initDurationMs":3E-2}}}`, []Record{cold}},
		{"type last, blanks", ` { "record" : {"metrics":{"initDurationMs":0.03, "durationMs":1.44, "billedDurationMs":12, "memorySizeMB":128.0},"requestId":"` + id + `"}, "type" : "platform.report" } ` + "\r\n", []Record{cold}},
		{"null is absent", `{"time":"2024-03-13T18:56:24.046Z","type":"platform.restoreReport","record":{"metrics":null,"status":null,"tracing":null}}`,
			[]Record{{Kind: RestoreReport, Time: written, Extra: []Field{{"/record/tracing", "null"}}}}},
		{"another time zone", `{"time":"2024-03-13T19:56:24.046+01:00","type":"platform.restoreReport"}`, []Record{{Kind: RestoreReport, Time: written}}},
		{"a float with noise", `{"type":"platform.restoreReport","record":{"metrics":{"durationMs":463.51200000000003}}}`, []Record{{Kind: RestoreReport, Duration: new(463_512 * time.Microsecond)}}},
		{"keys are not folded", `{"type":"platform.restoreReport","TYPE":"platform.report"}`, []Record{{Kind: RestoreReport, Extra: []Field{{"/TYPE", `"platform.report"`}}}}},
	} {
		t.Run(tt.name, func(t *testing.T) { wantRecords(t, tt.message, tt.want...) })
	}
}

// Every line of the tables, glued with what AWS puts between (a newline) and
// with nothing, alone and behind what a function wrote.
func TestParseGlued(t *testing.T) {
	var want []Record
	var newlines, none strings.Builder
	for _, tt := range lines {
		want = append(want, tt.want)
		newlines.WriteString(tt.text)
		none.WriteString(strings.TrimSuffix(tt.text, "\n"))
	}
	wantRecords(t, newlines.String(), want...)
	wantRecords(t, none.String(), want...)
	wantRecords(t, "hello\nhello {\n"+newlines.String()+"good bye", want...)

	want = nil
	newlines.Reset()
	none.Reset()
	for _, tt := range events {
		want = append(want, tt.want)
		newlines.WriteString(tt.event + "\n")
		none.WriteString(tt.event)
	}
	wantRecords(t, newlines.String(), want...)
	wantRecords(t, none.String(), want...)
	wantRecords(t, `{"level":"INFO","message":"hello"}`+none.String(), want...)
}

func TestParseNothing(t *testing.T) {
	for _, message := range []string{
		"",
		"\n\n",
		"hello\n",
		"REPORT\n",
		"REPORT of the day: RequestId: 1",
		"REPORT Status: all is well",
		"START your engines",
		"END",
		"ENDRequestId: 1",
		"log: REPORT RequestId: " + id + "\tDuration: 1 ms",
		"LEGEND RequestId: 3",
		"XRAY TraceId: 1-2-3\tSegmentId: 4",
		"RESTORE_START Runtime Version: java:11.v21\tRuntime Version ARN: arn:x",
		"EXTENSION\tName: tracer\tState: Ready\tEvents: [INVOKE,SHUTDOWN]",
		"TELEMETRY\tName: tracer\tState: Subscribed\tTypes: [Platform]",
		"2024-03-13T18:56:24.046Z " + id + " Task timed out after 3.00 seconds",
		"{",
		"{}",
		"{]",
		`{"type":7}`,
		`{"type":null,"record":"platform."}`,
		`{"type":"function","record":"REPORT RequestId: 1"}`,
		`{"timestamp":"2024-03-13T18:56:24.046Z","level":"INFO","message":"\"type\":\"platform.report\""}`,
		`{"message":{"type":"platform.report"}}`,
		`{"message":"\"platform.report" and some`,
		`{"time":"2024-03-13T18:56:24.046Z","type":"platform.runtimeDone","record":{"requestId":"1","status":"success","metrics":{"durationMs":98.5}}}`,
		`{"type":"platform.initRuntimeDone","record":{"initializationType":"on-demand"}}`,
		`{"type":"platform.restoreStart","record":{}}{"type":"platform.restoreRuntimeDone","record":{}}`,
		`{"type":"platform.telemetrySubscription","record":{}}`,
		`{"type":"platform.logsDropped","record":{}}`,
		`{"type":"platform.end","record":{"requestId":"1"}}`,
		`{"type":"platform.","record":3,"record":4}`,
		strings.Repeat("[", 20000),
		strings.Repeat(`{"a":`, 20000),
	} {
		wantRecords(t, message)
	}
}

// An X-Ray line belongs to the report directly before it, to no other.
func TestParseXRayAlone(t *testing.T) {
	got, err := Parse("REPORT RequestId: 1\t\nhello\nXRAY TraceId: 2\tSegmentId: 3\tSampled: true\t\n")
	if err != nil || len(got) != 1 || got[0].XRayTraceID != "" {
		t.Errorf("got %+v, %v", got, err)
	}
}

// The five lines of the reference function as published: facts that the
// project compares itself with.
func TestParseReference(t *testing.T) {
	inits := []string{"18.45", "18.91", "22.43", "22.24", "19.43"}
	durations := []string{"1.44", "1.49", "1.75", "1.93", "1.63"}
	wantInit := []time.Duration{18_450_000, 18_910_000, 22_430_000, 22_240_000, 19_430_000}
	wantDuration := []time.Duration{1_440_000, 1_490_000, 1_750_000, 1_930_000, 1_630_000}
	var b strings.Builder
	for i := range inits {
		b.WriteString("REPORT RequestId: " + id + "\tDuration: " + durations[i] + " ms\tBilled Duration: 25 ms\tMemory Size: 512 MB\tMax Memory Used: 16 MB\tInit Duration: " + inits[i] + " ms\t\n")
	}
	got, err := Parse(b.String())
	if err != nil || len(got) != len(inits) {
		t.Fatalf("%d records, error %v", len(got), err)
	}
	for i, r := range got {
		if *r.InitDuration != wantInit[i] || *r.Duration != wantDuration[i] || *r.MemorySizeMB != 512 || *r.MaxMemoryUsedMB != 16 || !r.Cold() {
			t.Errorf("line %d: %s", i, r.Text())
		}
	}
}

func TestCold(t *testing.T) {
	for _, tt := range []struct {
		r    Record
		want bool
	}{
		{Record{Kind: Report, InitDuration: ms(1)}, true},
		{Record{Kind: Report, InitDuration: ms(0)}, true},
		{Record{Kind: Report, Duration: ms(1)}, false},
		{Record{Kind: Report, RestoreDuration: ms(1)}, false},
		{Record{Kind: InitReport, Duration: ms(1)}, false},
	} {
		if got := tt.r.Cold(); got != tt.want {
			t.Errorf("%s: cold %t, want %t", tt.r.Text(), got, tt.want)
		}
	}
}

func wantRecords(t *testing.T, message string, want ...Record) {
	t.Helper()
	got, err := Parse(message)
	if err != nil {
		t.Errorf("%.200q: %v", message, err)
	}
	if len(got) != len(want) {
		t.Errorf("%.200q: %d records, want %d", message, len(got), len(want))
		return
	}
	for i := range got {
		if !reflect.DeepEqual(got[i], want[i]) {
			t.Errorf("%.200q\nrecord %d\ngot  %+v\nwant %+v", message, i, got[i], want[i])
		}
	}
}
