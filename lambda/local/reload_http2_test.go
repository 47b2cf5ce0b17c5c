package local_test

import (
	"io"
	"net/http"
	"net/http/httptrace"
	"testing"

	"github.com/coldcrank/coldcrank/lambda/local"
)

// TestReloadHTTP2: a reload ends no connection of HTTP/2 (it sends no GOAWAY). On the
// one that a client has, the stream of before ends at the old deployment while others
// are answered by the new one.
func TestReloadHTTP2(t *testing.T) {
	x := startTest(t, local.Options{TLS: true})
	c := client(t, x, true)
	held, answer := holdRequestOf(t, x, c)
	ask := func(want string) {
		t.Helper()
		reused := false
		ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{GotConn: func(i httptrace.GotConnInfo) { reused = i.Reused }})
		req, err := http.NewRequestWithContext(ctx, "GET", base(t, x)+"/try/greeting", nil)
		check(t, err)
		resp, err := c.Do(req)
		check(t, err)
		defer resp.Body.Close()
		if body, err := io.ReadAll(resp.Body); err != nil || string(body) != want || resp.ProtoMajor != 2 || !reused {
			t.Errorf("%s %s %q (%v), on the connection of before: %v; want %q on it", resp.Proto, resp.Status, body, err, reused, want)
		}
	}
	ask("hi")
	for _, greeting := range []string{"ahoi", "moin"} {
		check(t, x.Reload(deployed(t, greeting)))
		ask(greeting)
	}
	held()
	if got := <-answer; got != "200 hi" {
		t.Errorf("the stream of before: %s, want it answered by the first deployment", got)
	}
	ask("moin")
}
