package jsonstring

import (
	"encoding/json"
	"testing"
)

// FuzzAppend: what is written is a JSON string, and encoding/json reads the same
// text in it as in one of its own.
func FuzzAppend(f *testing.F) {
	f.Add("plain")
	f.Add("<a href=\"x\">&\\/ \x00\x01\x1f\x7f\b\f\n\r\t ü \u2028\u2029 🙂 \xff\xc3\xed\xa0\x80\xff\xff")
	f.Fuzz(func(t *testing.T, s string) {
		text, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		var got, want string
		if err := json.Unmarshal(text, &want); err != nil {
			t.Fatal(err)
		}
		out := Append([]byte("x"), []byte(s))
		if err := json.Unmarshal(out[1:], &got); err != nil || got != want || out[0] != 'x' {
			t.Errorf("%q is written as %s and read as %q, %v, want %q", s, out, got, err, want)
		}
	})
}

// TestAllocations: a string is not copied to be written.
func TestAllocations(t *testing.T) {
	b, s := make([]byte, 0, 1000), "a string of more than 32 bytes, which is what the stack has room for"
	if n := testing.AllocsPerRun(10, func() { Append(b, []byte(s)) }); n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}
