package local

import (
	"fmt"

	"github.com/coldcrank/coldcrank/lambda/local/internal/gateway"
)

// refusal is what an HTTP API answers in place of p: nil unless p is an answer of
// net/http's own, which it gives to requests of HTTP/1.1 that it cannot read or does
// not hand to a handler. It writes each of them at once. API Gateway is not
// documented to answer otherwise than in JSON and with an id.
//
// Of HTTP/2 a request that cannot be read ends its stream, and a list of headers
// above net/http's 1 MB is answered by net/http.
func (c *conn) refusal(p []byte) []byte {
	if c.server.tls == nil || c.handled.Load() || c.frames.http2.Load() {
		return nil
	}
	var status int
	if _, err := fmt.Sscanf(string(p[:min(len(p), len("HTTP/1.1 400"))]), "HTTP/1.1 %3d", &status); err != nil || status < 400 {
		return nil
	}
	return gateway.Refused(status)
}
