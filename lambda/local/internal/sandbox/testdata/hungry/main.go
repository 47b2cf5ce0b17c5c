// Hungry is a function that takes memory. MODE=init takes it in the init;
// {"do":…,"mb":N} takes it in an invocation: "own", by a "child", as pages of a
// "file", or not at all by a child that "leaves" the process group.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

func main() {
	if len(os.Args) > 1 {
		mb, err := strconv.Atoi(os.Args[1])
		check(err)
		take(mb)
		return
	}
	if os.Getenv("MODE") == "init" {
		take(1024)
	}
	base := "http://" + os.Getenv("AWS_LAMBDA_RUNTIME_API") + "/2018-06-01/runtime/invocation/"
	for {
		next, err := http.Get(base + "next")
		check(err)
		var event struct {
			Do string
			MB int
		}
		check(json.NewDecoder(next.Body).Decode(&event))
		next.Body.Close()
		answer := "done"
		switch event.Do {
		case "own":
			take(event.MB)
		case "child":
			if err := exec.Command(os.Args[0], strconv.Itoa(event.MB)).Run(); err != nil {
				answer = err.Error()
			}
		case "file":
			file(event.MB)
		case "leaves":
			cmd := exec.Command("/bin/sleep", "1000")
			cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
			check(cmd.Start())
			answer = strconv.Itoa(cmd.Process.Pid)
		}
		id := next.Header.Get("Lambda-Runtime-Aws-Request-Id")
		posted, err := http.Post(base+id+"/response", "application/json", bytes.NewReader(fmt.Appendf(nil, "%q", answer)))
		check(err)
		posted.Body.Close()
	}
}

// take writes to so much memory, bit by bit, and keeps a lot for a while: who
// looks now and then must get to see it.
func take(mb int) {
	var kept [][]byte
	for range mb {
		b := make([]byte, 1<<20)
		for i := 0; i < len(b); i += 4096 {
			b[i] = 1
		}
		kept = append(kept, b)
	}
	if mb > 128 {
		time.Sleep(20 * time.Second)
	}
	fmt.Println(len(kept), "MB")
}

// file reads a mapped file of this size, page by page.
func file(mb int) {
	f, err := os.Create(filepath.Join(os.Getenv("TMPDIR"), "big"))
	check(err)
	for range mb {
		_, err := f.Write(make([]byte, 1<<20))
		check(err)
	}
	b, err := syscall.Mmap(int(f.Fd()), 0, mb<<20, syscall.PROT_READ, syscall.MAP_SHARED)
	check(err)
	sum := 0
	for range 2 {
		for i := 0; i < len(b); i += 4096 {
			sum += int(b[i])
		}
	}
	fmt.Println("sum", sum)
	check(syscall.Munmap(b))
	check(f.Close())
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
