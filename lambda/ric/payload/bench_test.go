package payload

import (
	"encoding/json"
	"testing"
)

// BenchmarkParse reads AWS's example event, and as encoding/json does with a struct
// of the fields that a request needs.
func BenchmarkParse(b *testing.B) {
	data := []byte(documented)
	b.Run("payload", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := Parse(data); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("json", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var e struct {
				RawPath, RawQueryString                        string
				Cookies                                        []string
				Headers, QueryStringParameters, PathParameters map[string]string
				Body                                           []byte
				IsBase64Encoded                                bool
				RequestContext                                 struct {
					Stage string
					HTTP  struct{ Method, SourceIP string }
				}
			}
			if err := json.Unmarshal(data, &e); err != nil {
				b.Fatal(err)
			}
		}
	})
}
