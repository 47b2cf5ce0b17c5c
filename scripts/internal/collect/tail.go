package collect

import (
	"encoding/base64"
	"net/http"

	"github.com/coldcrank/coldcrank/lambda/reportlog"
	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
)

// Tail is what the answer to a direct Invoke says of its request: the version
// that ran, and with LogType Tail the last 4 KB of the log (Lambda API Reference,
// "Invoke", response headers).
type Tail struct{ version, log string }

// TailOf reads the headers of an answer into its sample and returns the rest.
// An answer that is no 200 has no tail: Lambda refused, and the function never
// ran.
func TailOf(s *dataset.Sample, h http.Header) (t Tail, ok bool) {
	if s.Status != http.StatusOK {
		return Tail{}, false
	}
	s.RequestID = h.Get("X-Amzn-Requestid")
	if e := h.Get("X-Amz-Function-Error"); e != "" {
		s.ErrorClass, s.Error = dataset.FunctionError, e
	}
	return Tail{h.Get("X-Amz-Executed-Version"), h.Get("X-Amz-Log-Result")}, s.RequestID != ""
}

// report finds the REPORT of a request in the tail. It is the last one of that
// id: what the function wrote itself comes before the platform's. Nil where the
// tail has none; then the log group does.
func (t Tail) report(requestID string) (found *reportlog.Record) {
	text, err := base64.StdEncoding.DecodeString(t.log)
	if err != nil {
		return nil
	}
	records, _ := reportlog.Parse(string(text)) // the first line may be cut
	for _, r := range records {
		if r.Kind == reportlog.Report && r.RequestID == requestID {
			found = &r
		}
	}
	return found
}
