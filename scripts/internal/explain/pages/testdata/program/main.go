// Program asks a Runtime API for the first invocation, after or before some work, or
// fails at it, as MODE says.
package main

import (
	"fmt"
	"hash/adler32"
	"net"
	"os"
	"os/exec"
	"time"
)

func main() {
	api := os.Getenv("AWS_LAMBDA_RUNTIME_API")
	next := "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: " + api + "\r\n\r\n"
	failed := "POST /2018-06-01/runtime/init/error HTTP/1.1\r\nHost: " + api + "\r\nContent-Length: 12\r\n\r\nno \"database\""
	mode := os.Getenv("MODE")
	switch mode {
	case "leave": // a child, of this machine's processor
		if err := exec.Command("/bin/sleep", os.Getenv("SLEEP")).Start(); err != nil {
			panic(err)
		}
		os.Exit(3)
	case "end":
		fmt.Fprintln(os.Stderr, "not today")
		os.Exit(3)
	case "work before":
		work()
	case "fail":
		next = failed
	}
	conn, err := net.Dial("tcp", api)
	if err != nil {
		panic(err)
	}
	if mode == "halves" { // the request ends with the second
		if _, err := conn.Write([]byte(next[:20])); err != nil {
			panic(err)
		}
		work()
		next = next[20:]
	}
	if _, err := conn.Write([]byte(next)); err != nil {
		panic(err)
	}
	if mode == "work after" {
		work()
	}
	time.Sleep(time.Minute)
}

// work calls a package that nothing else of the program calls.
func work() {
	if adler32.Checksum([]byte(os.Getenv("MODE"))) == 0 {
		panic("no sum")
	}
}
