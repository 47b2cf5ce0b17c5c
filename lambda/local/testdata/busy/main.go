// Busy is a function that computes: GET …/THREADS/MILLISECONDS keeps so many
// threads busy for so long, and answers with the CPU time that it got and the
// time that passed, in nanoseconds.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"path"
	"strings"
	"sync"
	"syscall"
	"time"
)

func main() {
	base := "http://" + os.Getenv("AWS_LAMBDA_RUNTIME_API") + "/2018-06-01/runtime/invocation/"
	for {
		next, err := http.Get(base + "next")
		if err != nil {
			log.Fatal(err)
		}
		var event struct{ RawPath string }
		if err := json.NewDecoder(next.Body).Decode(&event); err != nil {
			log.Fatal(err)
		}
		io.Copy(io.Discard, next.Body)
		next.Body.Close()
		rest, ms := path.Split(event.RawPath)
		var threads, milliseconds int
		if _, err := fmt.Sscan(path.Base(rest)+" "+ms, &threads, &milliseconds); err != nil {
			log.Fatal(err)
		}
		cpu, wall := busy(threads, time.Duration(milliseconds)*time.Millisecond)
		body, err := json.Marshal(map[string]any{"statusCode": 200, "body": fmt.Sprintf("%d %d", cpu, wall)})
		if err != nil {
			log.Fatal(err)
		}
		id := next.Header.Get("Lambda-Runtime-Aws-Request-Id")
		posted, err := http.Post(base+id+"/response", "application/json", strings.NewReader(string(body)))
		if err != nil {
			log.Fatal(err)
		}
		posted.Body.Close()
	}
}

func busy(threads int, d time.Duration) (cpu, wall time.Duration) {
	start, before := time.Now(), used()
	var wg sync.WaitGroup
	for range threads {
		wg.Go(func() {
			for time.Since(start) < d {
			}
		})
	}
	wg.Wait()
	return used() - before, time.Since(start)
}

// used is the CPU time of this process, user and system.
func used() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		log.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
