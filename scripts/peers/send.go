package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/coldcrank/coldcrank/scripts/internal/hammer"
	"github.com/coldcrank/coldcrank/scripts/peers/internal/child"
	"github.com/coldcrank/coldcrank/scripts/peers/internal/server"
	"github.com/coldcrank/coldcrank/scripts/peers/internal/tool"
)

// sender sends n requests to a URL as close together as it can, and returns when
// they are answered.
type sender struct {
	who     string
	missing string
	send    func(ctx context.Context, url string, n int) error
}

// anyCertificate: the server's is nobody's.
var anyCertificate = &tls.Config{InsecureSkipVerify: true}

// release sends n requests at once over a sender's connections. Each has to be
// answered with 200.
func release(ctx context.Context, s *hammer.Sender, method, url string, n int) ([]hammer.Result, error) {
	reqs := make([]*http.Request, n)
	for i := range reqs {
		req, err := http.NewRequestWithContext(ctx, method, url, nil)
		if err != nil {
			return nil, err
		}
		reqs[i] = req
	}
	rs := s.Release(ctx, reqs)
	for i, r := range rs {
		if r.Err != nil {
			return nil, fmt.Errorf("request %d of %d: %w", i+1, n, r.Err)
		}
		if r.Status != http.StatusOK {
			return nil, fmt.Errorf("request %d of %d: status %d", i+1, n, r.Status)
		}
	}
	return rs, nil
}

func ourSender(who string, p hammer.Protocol) sender {
	return sender{who: who, send: func(ctx context.Context, url string, n int) error {
		s, err := hammer.Dial(ctx, url, n, hammer.Options{Protocol: p, TLS: anyCertificate})
		if err != nil {
			return err
		}
		defer s.Close() // what matters has been answered
		_, err = release(ctx, s, http.MethodGet, url, n)
		return err
	}}
}

// patience is how long a peer may take for a burst.
const patience = 30 * time.Second

// peerSenders are the peers in one version of HTTP.
func (b *bench) peerSenders(h2 bool) []sender {
	program := func(name, who, line string, args func(url string, n int) []string) sender {
		t := b.tools[name]
		return sender{who: who, missing: t.Missing, send: func(ctx context.Context, url string, n int) error {
			_, err := child.Run(ctx, patience, strings.Repeat(strings.ReplaceAll(line, "URL", url), n), t.Path, args(url, n)...)
			return err
		}}
	}
	text := strconv.Itoa
	vegeta := func(url string, n int) []string {
		// As fast as it can, none waiting for another's worker; it ends with the
		// targets, of which there are n.
		return []string{"attack", "-lazy", "-insecure", "-http2=" + strconv.FormatBool(h2), "-rate=0", "-workers=" + text(n), "-max-workers=" + text(n), "-output=/dev/null"}
	}
	if !h2 {
		return []sender{
			program(tool.Oha, "oha", "", func(url string, n int) []string {
				return []string{"--no-tui", "--insecure", "--output-format", "quiet", "-n", text(n), "-c", text(n), url}
			}),
			program(tool.Hey, "hey", "", func(url string, n int) []string {
				return []string{"-n", text(n), "-c", text(n), url}
			}),
			program(tool.Vegeta, "vegeta", "GET URL\n", vegeta),
		}
	}
	return []sender{
		program(tool.Oha, "oha --http2", "", func(url string, n int) []string {
			// As many connections as the server's limit of streams needs.
			conns := (n + server.Streams - 1) / server.Streams
			return []string{"--no-tui", "--insecure", "--output-format", "quiet", "--http2", "-n", text(n), "-c", text(conns), "-p", text((n + conns - 1) / conns), url}
		}),
		program(tool.Hey, "hey -h2", "", func(url string, n int) []string {
			return []string{"-h2", "-n", text(n), "-c", text(n), url}
		}),
		program(tool.Vegeta, "vegeta -http2", "GET URL\n", vegeta),
	}
}
