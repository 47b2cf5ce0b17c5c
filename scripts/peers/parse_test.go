package main

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// What AWS's emulator prints of a cold and a warm request (its
// internal/lambda/rie/handlers.go), shortened.
const emulated = `25 Nov 2026 23:12:14,071 [INFO] (rapid) exec './bootstrap' (cwd=/srv, handler=)
25 Nov 2026 23:12:14,563 [INFO] (rapid) INIT START(type: on-demand, phase: init)
START RequestId: a457f12c-b232-456f-b57a-fa4cceac0ade Version: $LATEST
25 Nov 2026 23:12:14,569 [INFO] (rapid) INVOKE RTDONE(status: success, produced bytes: 0, duration: 1.690000ms)
END RequestId: 4436dc6c-6a38-4841-b283-7da03e6fe8d8
REPORT RequestId: 4436dc6c-6a38-4841-b283-7da03e6fe8d8	Init Duration: 0.07 ms	Duration: 6.42 ms	Billed Duration: 7 ms	Memory Size: 3008 MB	Max Memory Used: 3008 MB	
START RequestId: 135bbfb9-76b3-4c5c-8084-61c7140eb619 Version: $LATEST
END RequestId: b3f19471-a136-45c9-b2b6-46015fbbcbee
REPORT RequestId: b3f19471-a136-45c9-b2b6-46015fbbcbee	Duration: 1.95 ms	Billed Duration: 2 ms	Memory Size: 3008 MB	Max Memory Used: 3008 MB	
`

func TestReadReports(t *testing.T) {
	got, err := readReports(emulated)
	check(t, err)
	if want := []time.Duration{6420 * time.Microsecond, 1950 * time.Microsecond}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got, err := readReports("REPORT RequestId: a\tDuration: soon\t\n"); err == nil {
		t.Errorf("got %v without an error", got)
	}
}

// What vegeta encodes (v12.13.0), shortened: the last of the three found no target.
const vegetaCSV = `1795649146067230354,200,10158006,0,2,,b2s=,,2,GET,http://127.0.0.1:35373/,Q29udGVudA==
1795649146066584107,200,10862322,0,2,,b2s=,,0,GET,http://127.0.0.1:35373/,Q29udGVudA==
`

func TestReadVegeta(t *testing.T) {
	got, err := readVegeta(strings.NewReader(vegetaCSV))
	check(t, err)
	if want := []time.Duration{1795649146067230354, 1795649146066584107}; !slices.Equal(got, want) {
		t.Errorf("got %d, want %d", got, want)
	}
	for text, want := range map[string]string{
		"1795649146077390163,0,1383,0,0,no targets to attack,,,50,,,\n": "status 0: no targets to attack",
		"soon,200,1,0,0,,,,0,GET,/,\n":                                  "line 1 is no request",
		"-5,200,1,0,0,,,,0,GET,/,\n":                                    "line 1 is no request",
		vegetaCSV + "1,200\n":                                           "wrong number of fields",
		"1,200\n":                                                       "line 1 is no request",
		"1,\"200\n":                                                     "vegeta's CSV",
	} {
		if got, err := readVegeta(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, error %v, want %s", text, got, err, want)
		}
	}
}

func FuzzReadVegeta(f *testing.F) {
	f.Add(vegetaCSV)
	f.Add("1,200\n")
	f.Fuzz(func(t *testing.T, text string) {
		sent, err := readVegeta(strings.NewReader(text))
		if err != nil && sent != nil {
			t.Error("times beside an error")
		}
		if n := strings.Count(text, "\n") + 1; len(sent) > n {
			t.Errorf("%d requests in %d lines", len(sent), n)
		}
		if len(sent) > 0 {
			if share := lateShare(sent, 500, len(sent)); !(share >= 0 && share <= 1) {
				t.Errorf("share %g", share)
			}
		}
	})
}

func FuzzReadReports(f *testing.F) {
	f.Add(emulated)
	f.Fuzz(func(t *testing.T, text string) {
		list, _ := readReports(text)
		if n := strings.Count(text, "REPORT"); len(list) > n {
			t.Errorf("%d durations of %d REPORTs", len(list), n)
		}
		for _, d := range list {
			if d < 0 {
				t.Errorf("duration %v", d)
			}
		}
	})
}

func TestFindKilobytes(t *testing.T) {
	const status = "Name:\tpeers\nVmHWM:\t   25000 kB\nVmRSS:\t   24696 kB\nThreads:\t9\n"
	got, err := findKilobytes(strings.NewReader(status), "VmRSS:")
	check(t, err)
	if got != 24696 {
		t.Errorf("got %g", got)
	}
	for _, text := range []string{"", "VmRSS:\t12 MB\n", "VmRSS:\tmany kB\n", "XVmRSS:\t12 kB\n"} {
		if got, err := findKilobytes(strings.NewReader(text), "VmRSS:"); err == nil {
			t.Errorf("%q: got %g without an error", text, got)
		}
	}
}
