package gateway

import (
	"bytes"
	"io"
	"net/http"
	"time"
)

// Refused is the answer of HTTP/1.1 to what no gateway can read as a request, in
// the form of its other answers and with the status that the reader gave it; the
// connection ends with it. It leaves no record, as there is no request that one
// could be about.
func Refused(status int) []byte {
	r := failure(status)
	r.header.Set("Apigw-Requestid", requestID())
	r.header.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	var b bytes.Buffer
	(&http.Response{
		StatusCode: r.status, ProtoMajor: 1, ProtoMinor: 1, Header: r.header, Close: true,
		Body: io.NopCloser(bytes.NewReader(r.body)), ContentLength: int64(len(r.body)),
	}).Write(&b) // to memory, of a length that is known
	return b.Bytes()
}
