package richttp

import (
	"bytes"
	"maps"
	"net/http"
	"slices"

	"github.com/coldcrank/coldcrank/lambda/ric/payload"
)

// writer collects a response.
type writer struct {
	head   bool        // of a HEAD request: the answer has no body
	header http.Header // the handler's
	status int         // 0 until the header is written
	sent   http.Header // the header as it was then
	body   bytes.Buffer
}

func (w *writer) Header() http.Header { return w.header }

// WriteHeader ends the header, as net/http's does. There is no way for an
// interim answer.
func (w *writer) WriteHeader(status int) {
	if w.status != 0 || status < 200 {
		return
	}
	w.status, w.sent = status, w.header.Clone()
}

func (w *writer) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	if w.status == http.StatusNoContent || w.status == http.StatusNotModified {
		return 0, http.ErrBodyNotAllowed
	}
	return w.body.Write(p)
}

// answer is the response in payload format 2.0. The type of a body that the
// handler has not named is told by its first bytes, as net/http does it.
func (w *writer) answer() []byte {
	w.WriteHeader(http.StatusOK)
	a := payload.Response{Status: w.status, Cookies: w.sent["Set-Cookie"], Body: w.body.Bytes()}
	if _, named := w.sent["Content-Type"]; !named && len(a.Body) > 0 && w.sent.Get("Content-Encoding") == "" {
		w.sent.Set("Content-Type", http.DetectContentType(a.Body))
	}
	if w.head {
		a.Body = nil
	}
	for _, name := range slices.Sorted(maps.Keys(w.sent)) {
		if name == "Set-Cookie" {
			continue
		}
		for _, value := range w.sent[name] {
			a.Headers = append(a.Headers, payload.Field{Name: name, Value: value})
		}
	}
	return a.Encode()
}
