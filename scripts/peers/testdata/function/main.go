// The program of functions that are measured: it works for INIT in its init, and
// answers after its threads have each worked for a while and says how much of the
// processor it got: GET ?threads=2&for=2s answers a number of nanoseconds.
package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
)

func main() {
	if s := os.Getenv("INIT"); s != "" {
		work(duration(s))
	}
	lambda.Start(handle)
}

func handle(_ context.Context, e events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
	body := "Healthy"
	if threads, err := strconv.Atoi(e.QueryStringParameters["threads"]); err == nil {
		before := used()
		var wg sync.WaitGroup
		for range threads {
			wg.Go(func() { work(duration(e.QueryStringParameters["for"])) })
		}
		wg.Wait()
		body = fmt.Sprint((used() - before).Nanoseconds())
	}
	return events.APIGatewayV2HTTPResponse{StatusCode: 200, Body: body}, nil
}

func duration(s string) time.Duration {
	d, err := time.ParseDuration(s)
	if err != nil {
		panic(err)
	}
	return d
}

// work keeps a thread busy for d by the clock.
func work(d time.Duration) {
	for end := time.Now().Add(d); time.Now().Before(end); {
	}
}

// used is the time that this process has had on processors.
func used() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
