package base64

import (
	"bytes"
	standard "encoding/base64"
	"testing"
)

// FuzzDecode holds Decode to encoding/base64, and Append to what Decode takes.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{"", "YQ==", "YWI=", "YWJj", "YWJjZA==", "+/+/", "YR==", "YW\r\nI=\n", "\n", "YQ=\n=",
		"=", "==", "====", "Y", "YQ", "YWI", "YQ=", "YQ===", "YQ==YQ==", "YQ==\n", "Y=Q=", "YWJj=", "YWJj====", "-_-_", "Y Q=", "YWJj\x00", "ü==="} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		want, err := standard.StdEncoding.DecodeString(s)
		got, ok := Decode(s)
		if ok != (err == nil) || ok && !bytes.Equal(got, want) {
			t.Errorf("%q: %x, %v; encoding/base64: %x, %v", s, got, ok, want, err)
		}
		if got, want := string(Append([]byte("x"), []byte(s))), "x"+standard.StdEncoding.EncodeToString([]byte(s)); got != want {
			t.Errorf("%q: %s, encoding/base64: %s", s, got, want)
		}
	})
}
