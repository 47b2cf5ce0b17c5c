package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"net/http"

	"github.com/coldcrank/coldcrank/scripts/internal/hammer"
	"github.com/coldcrank/coldcrank/scripts/peers/internal/server"
	"github.com/coldcrank/coldcrank/scripts/peers/internal/table"
)

// bursts measures how far apart the requests of a burst arrive at a server in
// another process.
func (b *bench) bursts(ctx context.Context) ([]table.Line, error) {
	what := func(protocol string) []measure {
		return []measure{{fmt.Sprintf("burst of %d on loopback TLS, first to last arrival, %s", b.burst, protocol), table.Milliseconds}}
	}
	h1 := []contestant{b.spread(ourSender(ours, hammer.HTTP1)), b.spread(sender{who: "raw TLS writes", send: sendRaw})}
	h1[1].must = &table.Must{Most: 1.5, Ratio: true, Text: "≤ 1.5"}
	for _, s := range b.peerSenders(false) {
		h1 = append(h1, b.spread(s))
	}
	lines, err := b.contest(ctx, what("HTTP/1.1"), h1...)
	if err != nil {
		return nil, err
	}
	h2 := []contestant{b.spread(ourSender(ours, hammer.HTTP2))}
	for _, s := range b.peerSenders(true) {
		h2 = append(h2, b.spread(s))
	}
	h2[1].must = &table.Must{Most: 1, Ratio: true, Text: "≤ 1"}
	more, err := b.contest(ctx, what("HTTP/2"), h2...)
	return append(lines, more...), err
}

// spread is a contestant whose value is the time from a burst's first arrival to
// its last, in ms.
func (b *bench) spread(s sender) contestant {
	return contestant{who: s.who, missing: s.missing, run: func(ctx context.Context) ([]float64, error) {
		a, err := b.during(question{Reset: true, Hold: b.burst}, func() error {
			return s.send(ctx, "https://"+b.at.Direct+server.ArrivalsPath, b.burst)
		})
		if err != nil {
			return nil, err
		}
		if len(a.AtNS) != b.burst {
			return nil, fmt.Errorf("%d of %d requests arrived", len(a.AtNS), b.burst)
		}
		return []float64{float64(a.AtNS[b.burst-1]) / 1e6}, nil
	}}
}

// during resets the server, does what is to be measured, and asks what arrived.
func (b *bench) during(reset question, do func() error) (a arrived, err error) {
	if err := b.server.Ask(reset, &a); err != nil {
		return a, err
	}
	if err := do(); err != nil {
		return a, err
	}
	err = b.server.Ask(question{}, &a)
	return a, err
}

// sendRaw writes the bytes of requests to TLS connections, one after the other,
// and nothing of HTTP is done but them.
func sendRaw(ctx context.Context, url string, n int) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	var text bytes.Buffer
	if err := req.Write(&text); err != nil {
		return err
	}
	conns := make([]*tls.Conn, n)
	for i := range conns {
		c, err := (&tls.Dialer{Config: anyCertificate}).DialContext(ctx, "tcp", req.URL.Host)
		if err != nil {
			return err
		}
		defer c.Close()
		conns[i] = c.(*tls.Conn)
	}
	for _, c := range conns {
		if _, err := c.Write(text.Bytes()); err != nil {
			return err
		}
	}
	for _, c := range conns {
		resp, err := http.ReadResponse(bufio.NewReader(c), req)
		if err != nil {
			return err
		}
		resp.Body.Close()
	}
	return nil
}
