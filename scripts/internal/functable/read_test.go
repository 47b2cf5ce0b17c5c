package functable

import (
	"encoding/binary"
	"slices"
	"testing"
)

// tableOf is a table of Go 1.20 and later with functions of these names, of 16 bytes
// each: header, names, functions and their records, one after the other.
func tableOf(names ...string) []byte {
	const header, record = 72, 44
	var text []byte
	at := make([]int, len(names))
	for i, name := range names {
		at[i] = len(text)
		text = append(append(text, name...), 0)
	}
	functions := header + len(text)
	records := 8*len(names) + 4 // from functions on
	data := slices.Concat(make([]byte, header), text, make([]byte, records+record*len(names)))
	put := binary.LittleEndian.PutUint32
	put(data, magic)
	data[6], data[7] = 1, 8
	for word, v := range []int{len(names), 0, 0, header, functions, functions, functions, functions} {
		put(data[8+8*word:], uint32(v))
	}
	for i := range names {
		put(data[functions+8*i:], uint32(16*i))
		put(data[functions+8*i+4:], uint32(records+record*i))
		put(data[functions+records+record*i+4:], uint32(at[i]))
	}
	put(data[functions+8*len(names):], uint32(16*len(names)))
	return data
}

func TestPackageOf(t *testing.T) {
	want := map[string]string{
		"main.main":                              "main",
		"net/http.(*Transport).dialConn.gowrap2": "net/http",
		"slices.partitionCmpFunc[go.shape.struct { net/http.key string; net/http.values []string }]": "slices",
		"gopkg.in/yaml%2ev3.Unmarshal":           "gopkg.in/yaml.v3",
		"go.uber.org/zap.New":                    "go.uber.org/zap",
		"go:buildid":                             "",
		"type:.eq.net/http.socksAddr":            "net/http",
		"type:.hash.example.com/x/y%2ez.T":       "example.com/x/y.z",
		"type:.eq.[2]interface {}":               "",
		"type:.eq.struct { net/http.key string":  "",
		"type:.eq.go.shape.struct { net/http.a":  "",
		"type:.eq.example.com/x.T[go.shape.int]": "example.com/x",
		"memeqbody":                              "",
		"_rt0_arm64_linux":                       "",
		"vendor/golang.org/x/net/http2/hpack.x":  "vendor/golang.org/x/net/http2/hpack",
		"":                                       "",
		"%zz/%zz.f":                              "%zz/%zz",
	}
	var names []string
	for name := range want {
		names = append(names, name)
	}
	all, _, err := functions(tableOf(names...), 0x1000)
	if err != nil || len(all) != len(names) {
		t.Fatalf("%d functions of %d, %v", len(all), len(names), err)
	}
	for i, f := range all {
		if f.Name != names[i] || f.Package != want[f.Name] || f.Entry != 0x1000+uint64(16*i) || f.CodeBytes() != 16 {
			t.Errorf("%q: got %+v, want package %q", names[i], f, want[names[i]])
		}
	}
}

// TestDamaged has tables that promise more than there is: each would take gigabytes.
func TestDamaged(t *testing.T) {
	whole := tableOf("main.main", "main.f")
	big := slices.Clone(whole)
	for i := range 4 { // Go's magic number, and the number of functions, in the other order
		big[i], big[3-i] = whole[3-i], whole[i]
	}
	copy(big[8:], []byte{0, 0, 0, 0, 0xff, 0xff, 0xff, 0xf0})
	many := slices.Clone(whole)
	copy(many[8:], []byte{0xf0, 0xff, 0xff, 0xff})
	backwards := slices.Clone(whole)
	functions72 := 72 + len("main.main") + 1 + len("main.f") + 1
	copy(backwards[functions72+8:], []byte{0, 0, 0, 0x10})
	overlapping := make([]string, 400)
	for i := range overlapping {
		overlapping[i] = "x"
	}
	long := tableOf(overlapping...)
	for i := range long[72 : 72+800] { // one name, in which all begin
		long[72+i] = 'x'
	}
	long[72+799] = 0
	for name, data := range map[string][]byte{
		"empty": nil, "cut": whole[:40], "no magic": make([]byte, 100), "big-endian": big, "many functions": many, "ends before it begins": backwards, "names in names": long,
	} {
		if all, _, err := functions(data, 0); err == nil {
			t.Errorf("%s: %d functions", name, len(all))
		}
	}
}

func FuzzFunctions(f *testing.F) {
	f.Add(tableOf("main.main", "gopkg.in/yaml%2ev3.F", "type:.eq.net/http.x"), uint64(0x1000))
	old := tableOf("main.main")
	old[0] = 0xf0 // Go 1.18's
	f.Add(old, uint64(0))
	f.Fuzz(func(t *testing.T, data []byte, text uint64) {
		all, funcdata, err := functions(data, text)
		if err != nil && all != nil || funcdata != nil && len(funcdata) != len(all) || 8*len(all) > len(data) {
			t.Fatalf("%d functions, %d with funcdata, of %d bytes, %v", len(all), len(funcdata), len(data), err)
		}
		for _, one := range all {
			if one.CodeBytes() < 0 || one.TableBytes < 0 {
				t.Errorf("%+v", one)
			}
		}
	})
}
