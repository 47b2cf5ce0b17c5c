// Package server is what bursts and load are sent to: a TLS server on this machine
// that notes when each request arrived, or answers as execution environments would.
package server

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"time"
)

// Paths of a Server.
const (
	ArrivalsPath  = "/arrivals"
	SimulatedPath = "/simulated"
)

// Streams is how many requests one connection of HTTP/2 may carry at the same
// time: nginx's default (its documentation, http2_max_concurrent_streams).
const Streams = 128

// A Server listens on 127.0.0.1 until Close.
type Server struct {
	Arrivals  Arrivals
	Simulated Simulated

	listener net.Listener
	http     http.Server
	done     chan struct{}
}

// Start begins to serve, with HTTP/1.1 and HTTP/2, under a certificate that nobody
// trusts. Environments answer after cold where they are new, else after warm.
func Start(cold, warm time.Duration) (*Server, error) {
	certificate, err := selfSigned()
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &Server{Simulated: Simulated{Cold: cold, Warm: warm}, listener: listener, done: make(chan struct{})}
	mux := http.NewServeMux()
	mux.Handle(ArrivalsPath, &s.Arrivals)
	mux.Handle(SimulatedPath, &s.Simulated)
	s.http = http.Server{
		Handler: mux, TLSConfig: &tls.Config{Certificates: []tls.Certificate{certificate}},
		HTTP2:    &http.HTTP2Config{MaxConcurrentStreams: Streams},
		ErrorLog: log.New(io.Discard, "", 0), // peers end connections as they like
	}
	go func() {
		defer close(s.done)
		if err := s.http.ServeTLS(listener, "", ""); !errors.Is(err, http.ErrServerClosed) {
			panic(err) // the listener is nobody else's
		}
	}()
	return s, nil
}

// Addr is host and port.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// Close ends the server and its connections.
func (s *Server) Close() error {
	err := s.http.Close()
	<-s.done
	return err
}

// selfSigned makes a certificate with a P-256 key, the cheapest to shake hands
// with: peers that do so within the burst are not held up more than need be.
func selfSigned() (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	now := time.Now()
	template := x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: now.Add(-time.Hour), NotAfter: now.Add(24 * time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{"localhost"},
	}
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, &key.PublicKey, key)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, nil
}
