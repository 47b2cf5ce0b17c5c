// Hello says with what it was started.
package main

import (
	"fmt"
	"os"

	_ "github.com/coldcrank/coldcrank/lambda/ric/prefetch"
)

func main() { fmt.Println(os.Args[1:], os.Getenv("HELLO")) }
