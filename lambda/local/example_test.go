package local_test

import (
	"context"
	"fmt"
	"io"
	"net/http"

	"github.com/coldcrank/coldcrank/lambda/local"
)

// A test of any Go module serves its own synthesized CDK app. Here cdkOut is a
// folder as `cdk synth` makes it, with one target, Hello.
func Example() {
	cdkOut, remove, err := testAssembly()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer remove()

	x, err := local.Start(context.Background(), cdkOut, local.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer x.Close()
	url, err := x.URL("Hello")
	if err != nil {
		fmt.Println(err)
		return
	}
	resp, err := http.Get(url)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	fmt.Println(resp.StatusCode, string(body), err)
	// Output: 200 Healthy <nil>
}
