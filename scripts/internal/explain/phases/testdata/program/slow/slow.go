// Package slow has an init that takes its time, and may do other harm.
package slow

import (
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"time"
)

func init() {
	switch os.Getenv("MODE") {
	case "slow":
		time.Sleep(20 * time.Millisecond)
	case "panic":
		panic("no table of prices")
	case "exec":
		Must(os.Setenv("MODE", ""))
		Must(syscall.Exec("/proc/self/exe", os.Args, os.Environ()))
	case "early":
		c, err := net.Dial("tcp", os.Getenv("AWS_LAMBDA_RUNTIME_API"))
		Must(err)
		fmt.Fprint(c, "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: x\r\n\r\n")
		io.Copy(io.Discard, c)
	case "thread":
		done := make(chan bool)
		go Elsewhere(done)
		<-done
	}
}

// Elsewhere is on another thread than the program's first one, to which init is locked.
//
//go:noinline
func Elsewhere(done chan<- bool) { done <- true }

// Must ends the program on an error.
func Must(err error) {
	if err != nil {
		panic(err)
	}
}
