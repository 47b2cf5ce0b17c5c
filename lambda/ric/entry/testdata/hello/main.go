// Hello says with what it was started and how many files it may open, and runs its
// arguments.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"

	_ "github.com/coldcrank/coldcrank/lambda/ric/entry"
)

func main() {
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err != nil {
		panic(err)
	}
	fmt.Println(os.Args[1:], os.Getenv("HELLO"))
	fmt.Println(files.Cur, files.Max)
	if len(os.Args) < 3 {
		return
	}
	out, err := exec.Command(os.Args[1], os.Args[2:]...).CombinedOutput()
	fmt.Print(string(out))
	if err != nil {
		panic(err)
	}
}
