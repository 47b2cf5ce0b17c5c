package target

import (
	"context"
	"crypto/tls"
	"net"
	"net/url"
	"sync"
	"time"
)

// reachLimit bounds the trial of a connection.
const reachLimit = 5 * time.Second

// reach tries a connection to each address that targets' requests go to, TLS
// included, and says of which targets none could be made. It sends no request:
// that would start an environment.
func reach(ctx context.Context, targets []*Target) (findings []Finding) {
	ctx, cancel := context.WithTimeout(ctx, reachLimit)
	defer cancel()
	type address struct{ scheme, host string }
	of := make([]address, len(targets))
	tried := map[address]*error{}
	var all sync.WaitGroup
	for i, t := range targets {
		u, err := url.Parse(t.URL)
		if t.Direct || t.URL == "" || err != nil || t.exposed(u) { // what is wrong with it has been said
			continue
		}
		of[i] = address{u.Scheme, hostPort(u)}
		if tried[of[i]] != nil {
			continue
		}
		result := new(error)
		tried[of[i]] = result
		all.Go(func() { *result = connectTo(ctx, u.Scheme == "https", t.TLS, hostPort(u)) })
	}
	all.Wait()
	for i, t := range targets {
		if result := tried[of[i]]; result != nil && *result != nil {
			c := &check{Target: t, subject: t.String()}
			hint := "take the outputs of the last deployment; requests go to its API directly, through no proxy"
			if t.Executor != nil {
				hint = "its executor has ended, or its outputs are of an earlier start"
			}
			c.fail(hint, "no connection to its API at %s: %v", of[i].host, *result)
			findings = append(findings, c.findings...)
		}
	}
	return findings
}

func connectTo(ctx context.Context, useTLS bool, config *tls.Config, host string) error {
	var c net.Conn
	var err error
	if useTLS {
		if config = config.Clone(); config == nil {
			config = new(tls.Config)
		}
		config.NextProtos = []string{"h2", "http/1.1"} // as requests are sent
		c, err = (&tls.Dialer{Config: config}).DialContext(ctx, "tcp", host)
	} else {
		c, err = new(net.Dialer).DialContext(ctx, "tcp", host)
	}
	if err != nil {
		return err
	}
	return c.Close()
}

// hostPort is a URL's host with its port, the scheme's where it names none.
func hostPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = "80"
		if u.Scheme == "https" {
			port = "443"
		}
	}
	return net.JoinHostPort(u.Hostname(), port)
}
