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

// The end of a request that comes to notice when the next has the connection does not
// cost the next its own.
func TestEndedLate(t *testing.T) {
	read := make(chan struct{})
	k := kinds[0]
	s := serve(t, k, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength > 0 {
			<-read
		}
		io.Copy(io.Discard, r.Body)
	}))
	sender := dial(t, k, s, 1)
	sender.most = 1
	p, err := sender.newPool(t.Context(), 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	fire := func(size int) *exchange {
		req, err := http.NewRequest("POST", s.URL, bytes.NewReader(make([]byte, size)))
		if err != nil {
			t.Fatal(err)
		}
		c, err := p.take(t.Context(), size > large, 10*time.Second, nil)
		if err != nil {
			t.Fatal(err)
		}
		x := newCall(req)
		x.start(t.Context(), c, sender.since)
		held(x.x, true, nil)
		p.fire(x.x, 1, c.gate.mark())
		return x.x
	}
	one := fire(0)
	<-one.done
	two := fire(16 << 20) // more than the kernel takes from a sender whose peer does not read
	if one.conn != two.conn || !two.conn.gate.busy() {
		t.Fatalf("the second has %v of its own, and leaves: %v", one.conn != two.conn, two.conn.gate.busy())
	}
	p.ended(one)
	close(read)
	if <-two.done; two.class != "" || two.status != 200 {
		t.Errorf("got class %q, error %v, status %d", two.class, two.err, two.status)
	}
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
