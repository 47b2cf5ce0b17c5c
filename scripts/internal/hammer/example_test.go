package hammer_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"

	"github.com/coldcrank/coldcrank/scripts/internal/hammer"
)

func Example() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "Healthy")
	}))
	defer server.Close()

	ctx := context.Background()
	sender, err := hammer.Dial(ctx, server.URL, 5, hammer.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer sender.Close()

	burst := make([]*http.Request, 5)
	for i := range burst {
		if burst[i], err = http.NewRequestWithContext(ctx, "GET", server.URL+"/health", nil); err != nil {
			log.Fatal(err)
		}
	}
	for _, r := range sender.Release(ctx, burst) {
		if r.Err != nil {
			log.Fatal(r.Class, r.Err)
		}
		fmt.Println(r.Status, r.Bytes, "bytes on connection", r.Conn, r.Protocol)
	}
	// Unordered output:
	// 200 7 bytes on connection 0 HTTP/1.1
	// 200 7 bytes on connection 1 HTTP/1.1
	// 200 7 bytes on connection 2 HTTP/1.1
	// 200 7 bytes on connection 3 HTTP/1.1
	// 200 7 bytes on connection 4 HTTP/1.1
}
