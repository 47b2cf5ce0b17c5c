// Files is a function that does with files what an event says, and answers with
// the text of the error or with what it found.
package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/aws/aws-lambda-go/lambda"
)

type event struct {
	Do   string // write, read, list, where, open or exit
	Name string
	Size int // bytes to write
}

func main() {
	lambda.Start(func(e event) (string, error) {
		switch e.Do {
		case "write":
			return answer("written", os.WriteFile(e.Name, make([]byte, e.Size), 0o600))
		case "read":
			b, err := os.ReadFile(e.Name)
			return answer(string(b), err)
		case "list":
			entries, err := os.ReadDir(e.Name)
			var names []string
			for _, entry := range entries {
				names = append(names, entry.Name())
			}
			return answer(strings.Join(names, " "), err)
		case "where":
			wd, err := os.Getwd()
			return answer(strings.Join([]string{os.Args[0], wd, os.Getenv("LAMBDA_TASK_ROOT"), os.TempDir(), os.Getenv("TMPDIR"), os.Getenv("LD_LIBRARY_PATH")}, "|"), err)
		case "open": // as many as it may
			var last uintptr
			for {
				f, err := os.Open(os.DevNull)
				if err != nil {
					return fmt.Sprintf("%d, then %v", last, err), nil
				}
				last = f.Fd()
				defer f.Close()
			}
		case "exit":
			os.Exit(1)
		}
		return "", nil
	})
}

func answer(s string, err error) (string, error) {
	if err != nil {
		return err.Error(), nil
	}
	return s, nil
}
