package phases

import (
	"fmt"
	"reflect"
	"testing"
)

func TestParseInits(t *testing.T) {
	got := parseInits([]byte("hello\n" +
		"init internal/bytealg @0.008 ms, 0 ms clock, 0 bytes, 0 allocs\n" +
		"init net/http @0.53 ms, 0.017 ms clock, 1234 bytes, 5 allocs\n" +
		"init gopkg.in/yaml%2ev3 @1 ms, 20 ms clock, 1 bytes, 1 allocs\n" +
		"init of the shop: 3 ms, or so it seems to be\n" +
		"init a @0 ms, -1 ms clock, 0 bytes, 0 allocs\n" +
		"init a @0 ms, NaN ms clock, 0 bytes, 0 allocs\n" +
		"init a @0 ms, 1e300 ms clock, 0 bytes, 0 allocs\n" +
		"init a @0 ms, 0 ms clock, -3 bytes, 0 allocs\n" +
		"init cut @0.53 ms, 0.0"))
	want := []Package{
		{Path: "internal/bytealg"},
		{Path: "net/http", NS: 17_000, Bytes: 1234, Allocs: 5},
		{Path: "gopkg.in/yaml.v3", NS: 20_000_000, Bytes: 1, Allocs: 1},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func FuzzParseInits(f *testing.F) {
	f.Add([]byte("init net/http @0.53 ms, 0.017 ms clock, 1234 bytes, 5 allocs\nx"))
	f.Add([]byte("init % @0 ms, 9e11 ms clock, 9223372036854775807 bytes, 0 allocs"))
	f.Fuzz(func(t *testing.T, output []byte) {
		for _, p := range parseInits(output) {
			if p.Path == "" || p.NS < 0 || p.Bytes < 0 || p.Allocs < 0 {
				t.Fatalf("%+v", p)
			}
			line := fmt.Sprintf("init x @0 ms, %g ms clock, %d bytes, %d allocs", float64(p.NS)/1e6, p.Bytes, p.Allocs)
			again, ok := parseInit(line)
			if p.Path = "x"; !ok || again.Bytes != p.Bytes || again.Allocs != p.Allocs {
				t.Fatalf("%s: %+v, %t, want %+v", line, again, ok, p)
			}
		}
	})
}
