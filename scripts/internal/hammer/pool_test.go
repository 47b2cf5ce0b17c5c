package hammer

import (
	"bytes"
	"io"
	"net/http"
	"testing"
	"time"
)

// A server that ends each connection after its answer costs a connection a request,
// of which those that have ended do not count.
func TestLoadOnConnectionsThatEnd(t *testing.T) {
	k := kinds[0]
	s := serve(t, k, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.Header().Set("Connection", "close") }))
	sender := dial(t, k, s, 1, func(o *Options) { o.Timeout = 5 * time.Second })
	sender.most = 3
	rs := run(t, sender, s.URL, Load{Schedule: Schedule{Arrival: Constant, Rate: 100, For: 200 * time.Millisecond}})
	answered(t, k, rs, 200)
}

// A connection is used again also after a large body.
func TestLoadLargeBodiesShareConnections(t *testing.T) {
	each(t, func(t *testing.T, k kind) {
		s := serve(t, k, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.Copy(io.Discard, r.Body) }))
		sender := dial(t, k, s, 1, func(o *Options) { o.Timeout = 5 * time.Second })
		sender.most = 3
		var rs []Result
		err := sender.Load(t.Context(), Load{
			Schedule: Schedule{Arrival: Constant, Rate: 100, For: 200 * time.Millisecond},
			Request: func(int) (*http.Request, error) {
				return http.NewRequest("POST", s.URL, bytes.NewReader(make([]byte, 2*large)))
			},
			Done: func(_ int, r Result) { rs = append(rs, r) },
		})
		if err != nil {
			t.Fatal(err)
		}
		answered(t, k, rs, 200)
	})
}

// A request that is sent late takes none with it that was put beside it meanwhile and
// is not due.
func TestExtent(t *testing.T) {
	k := kinds[len(kinds)-1]
	s := serve(t, k, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {}))
	sender := dial(t, k, s, 2)
	c := sender.living()[0]
	c.gate.hold()
	start := func() *exchange {
		req, err := http.NewRequest("POST", s.URL, bytes.NewReader(make([]byte, 100)))
		if err != nil {
			t.Fatal(err)
		}
		x := newCall(req)
		x.start(t.Context(), c, sender.since)
		<-x.x.written
		return x.x
	}
	one := start()
	end := c.gate.mark()
	two := start()
	if one.extent() != end || two.extent() != c.gate.mark() || end >= c.gate.mark() {
		t.Errorf("got %d and %d, want %d and %d", one.extent(), two.extent(), end, c.gate.mark())
	}
	c.gate.open(sender.since)
	<-one.done
	<-two.done
}
