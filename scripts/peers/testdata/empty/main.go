// The least that a Go program can do to ask for its first event: it connects to the
// Runtime API and sends the request, by the system's calls alone. It never answers.
// What it needs is what Go itself needs.
package main

import (
	"strconv"
	"strings"
	"syscall"
)

func main() {
	api, _ := syscall.Getenv("AWS_LAMBDA_RUNTIME_API")
	host, port, _ := strings.Cut(api, ":")
	address := &syscall.SockaddrInet4{}
	for i, part := range strings.SplitN(host, ".", 4) {
		n, err := strconv.ParseUint(part, 10, 8)
		must(err)
		address.Addr[i] = byte(n)
	}
	var err error
	address.Port, err = strconv.Atoi(port)
	must(err)
	s, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	must(err)
	must(syscall.Connect(s, address))
	_, err = syscall.Write(s, []byte("GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: "+host+"\r\n\r\n"))
	must(err)
	_, err = syscall.Read(s, make([]byte, 1))
	must(err)
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
