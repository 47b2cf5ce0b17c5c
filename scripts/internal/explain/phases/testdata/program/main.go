// Program is a function whose start does what MODE says.
package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"time"

	"github.com/coldcrank/coldcrank/scripts/internal/explain/phases/testdata/program/slow"
)

func main() {
	switch mode := os.Getenv("MODE"); mode {
	case "never":
		select {
		case <-time.After(time.Hour):
		}
	case "end":
		fmt.Fprintln(os.Stderr, "not \x1b[31mtoday")
		os.Exit(3)
	case "fail":
		send("POST", "init/error", `{"errorMessage":"no database"}`)
	case "fork":
		child := exec.Command(os.Args[0]) // which says so once it is there
		child.Env = append(os.Environ(), "MODE=child")
		said, err := child.StdoutPipe()
		slow.Must(err)
		slow.Must(child.Start())
		_, err = io.ReadFull(said, make([]byte, 1))
		slow.Must(err)
	case "child":
		fmt.Print("x")
		time.Sleep(time.Hour)
	}
	send("GET", "invocation/next", "")
}

// send sends a request, and waits for the end of its connection.
func send(method, path, body string) {
	c, err := net.Dial("tcp", os.Getenv("AWS_LAMBDA_RUNTIME_API"))
	slow.Must(err)
	fmt.Fprintf(c, "%s /2018-06-01/runtime/%s HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s", method, path, len(body), body)
	io.Copy(io.Discard, c)
}
