package extensions

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// fixture is an API whose requests arrive a second after one another.
type fixture struct {
	*API
	t    *testing.T
	now  time.Time
	over []time.Time
}

func newFixture(t *testing.T) *fixture {
	f := &fixture{t: t, now: time.Unix(0, 0)}
	f.API = New(Function{Name: "orders"}, func(*http.Request) time.Time { return f.tick() }, func(at time.Time) { f.over = append(f.over, at) })
	return f
}

func (f *fixture) tick() time.Time {
	f.now = f.now.Add(time.Second)
	return f.now
}

func (f *fixture) register(name string) (id string) {
	f.t.Helper()
	r := httptest.NewRequest("POST", "/2020-01-01/extension/register", strings.NewReader("{}"))
	r.Header.Set("Lambda-Extension-Name", name)
	w := httptest.NewRecorder()
	f.ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		f.t.Fatalf("register %s: %d %s", name, w.Code, w.Body)
	}
	return w.Header().Get("Lambda-Extension-Identifier")
}

// next asks for an event over a connection that has ended, so that nobody waits.
func (f *fixture) next(method, id string) (status int, body string) {
	ctx, cancel := context.WithCancel(f.t.Context())
	cancel()
	r := httptest.NewRequestWithContext(ctx, method, "/2020-01-01/extension/event/next", nil)
	r.Header.Set("Lambda-Extension-Identifier", id)
	w := httptest.NewRecorder()
	f.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

// The init is over with the last of the first requests, whoever's that is, and once.
func TestInitIsOver(t *testing.T) {
	for order, want := range map[string]int64{"ra": 0, "rab": 3, "bar": 3, "arb": 3, "abr": 3} {
		f := newFixture(t)
		ids := map[rune]string{'a': f.register("a"), 'b': f.register("b")}
		for _, who := range order {
			if who == 'r' {
				f.RuntimeAsked(f.tick())
				continue
			}
			f.next("GET", ids[who])
			if _, body := f.next("GET", strings.ToUpper(ids[who])); !strings.Contains(body, `"Extension.InvalidExtensionState","errorMessage":"State transition from Ready to Ready failed for extension `+ids[who]) {
				t.Errorf("a second request: %s", body)
			}
			f.now = f.now.Add(-time.Second) // that of the second one
		}
		if want == 0 && len(f.over) > 0 || want > 0 && (len(f.over) != 1 || f.over[0] != time.Unix(want, 0)) {
			t.Errorf("%s: over at %v, want %d s", order, f.over, want)
		}
	}
	f := newFixture(t)
	if f.RuntimeAsked(f.tick()); len(f.over) != 1 || f.Registered() {
		t.Errorf("without extensions: over at %v, registered: %v", f.over, f.Registered())
	}
}

// There is no event: a request for one waits until its connection ends.
func TestNextWaits(t *testing.T) {
	f := newFixture(t)
	id := f.register("a")
	if status, _ := f.next("HEAD", id); status != http.StatusMethodNotAllowed {
		t.Errorf("HEAD: %d", status)
	}
	server := httptest.NewServer(f)
	defer server.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, "GET", server.URL+"/2020-01-01/extension/event/next", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Lambda-Extension-Identifier", id)
	if resp, err := http.DefaultClient.Do(r); err == nil {
		t.Errorf("it was answered: %s", resp.Status)
	}
	if !f.Registered() {
		t.Error("none is registered")
	}
}
