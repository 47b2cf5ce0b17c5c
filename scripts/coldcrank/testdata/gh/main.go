// Gh stands in for GitHub's program gh in tests: it knows `gh api` with the flags and
// the endpoints that the workflows use, answers as GitHub's REST API documents them,
// and keeps its state and a log of all calls in the folder FAKE_GH. Filters of --jq
// are run by the program FAKE_GH_JQ.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

type comment struct {
	ID   int64  `json:"id"`
	Body string `json:"body"`
	User struct {
		Login string `json:"login"`
	} `json:"user"`
}

type pull struct {
	Number int    `json:"number"`
	State  string `json:"state"`
	Head   struct {
		Label string `json:"label"`
		SHA   string `json:"sha"`
	} `json:"head"`
}

type state struct {
	Repository string                      `json:"repository"`
	Pulls      []pull                      `json:"pulls"`
	Artifacts  map[string][]map[string]any `json:"artifacts"` // by run
	Comments   map[string][]comment        `json:"comments"`  // by number
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "gh:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) == 0 || args[0] != "api" {
		return fmt.Errorf("unknown command %q", args)
	}
	method, endpoint, filter, silent := "", "", "", false
	fields := map[string]string{}
	for i := 1; i < len(args); i++ {
		value := func() string { i++; return args[i] }
		switch a := args[i]; a {
		case "--method":
			method = value()
		case "--jq":
			filter = value()
		case "--paginate":
		case "--silent":
			silent = true
		case "-f", "-F":
			name, text, _ := strings.Cut(value(), "=")
			if file, ok := strings.CutPrefix(text, "@"); ok && a == "-F" {
				data, err := os.ReadFile(file)
				if err != nil {
					return err
				}
				text = string(data)
			}
			fields[name] = text
		default:
			if strings.HasPrefix(a, "-") || endpoint != "" {
				return fmt.Errorf("unknown argument %q", a)
			}
			endpoint = a
		}
	}
	if method == "" {
		method = "GET"
		if len(fields) > 0 {
			method = "POST"
		}
	}
	if os.Getenv("GH_TOKEN") == "" {
		return fmt.Errorf("GH_TOKEN is not set")
	}
	if err := record(method + " " + endpoint); err != nil {
		return err
	}
	answer, err := call(method, endpoint, fields)
	if err != nil || silent {
		return err
	}
	if raw, ok := answer.([]byte); ok {
		_, err := os.Stdout.Write(raw)
		return err
	}
	data, err := json.Marshal(answer)
	if err != nil {
		return err
	}
	if filter == "" {
		_, err := os.Stdout.Write(data)
		return err
	}
	jq := exec.Command(os.Getenv("FAKE_GH_JQ"), "-r", filter)
	jq.Stdin, jq.Stdout, jq.Stderr = strings.NewReader(string(data)), os.Stdout, os.Stderr
	return jq.Run()
}

func record(line string) error {
	f, err := os.OpenFile(filepath.Join(os.Getenv("FAKE_GH"), "calls"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	if _, err := io.WriteString(f, line+"\n"); err != nil {
		return err
	}
	return f.Close()
}

var endpoints = regexp.MustCompile(`^(?:GET (pulls)|GET actions/runs/(\d+)/artifacts|GET actions/artifacts/(\d+)/zip|GET issues/(\d+)/comments|POST issues/(\d+)/comments|PATCH issues/comments/(\d+))$`)

func call(method, endpoint string, fields map[string]string) (any, error) {
	file := filepath.Join(os.Getenv("FAKE_GH"), "state.json")
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var s state
	if err := json.Unmarshal(data, &s); err != nil {
		return nil, err
	}
	u, err := url.Parse(endpoint)
	if err != nil {
		return nil, err
	}
	path, ok := strings.CutPrefix(u.Path, "repos/"+s.Repository+"/")
	m := endpoints.FindStringSubmatch(method + " " + path)
	switch {
	case !ok || m == nil:
		return nil, fmt.Errorf("HTTP 404: %s %s", method, endpoint)
	case m[1] != "":
		found := []pull{}
		for _, p := range s.Pulls {
			if p.State == fields["state"] && p.Head.Label == fields["head"] {
				found = append(found, p)
			}
		}
		return found, nil
	case m[2] != "":
		found := []map[string]any{}
		for _, a := range s.Artifacts[m[2]] {
			if a["name"] == u.Query().Get("name") {
				found = append(found, a)
			}
		}
		return map[string]any{"total_count": len(found), "artifacts": found}, nil
	case m[3] != "":
		return os.ReadFile(filepath.Join(os.Getenv("FAKE_GH"), m[3]+".zip"))
	case m[4] != "":
		if s.Comments[m[4]] == nil {
			return []comment{}, nil
		}
		return s.Comments[m[4]], nil
	}
	if n := len([]rune(fields["body"])); n == 0 || n > 65_536 {
		return nil, fmt.Errorf("HTTP 422: Validation Failed: a body of %d characters", n)
	}
	var changed *comment
	if m[5] != "" {
		c := comment{ID: 1000, Body: fields["body"]}
		c.User.Login = "github-actions[bot]"
		for _, list := range s.Comments {
			c.ID += int64(len(list))
		}
		if s.Comments == nil {
			s.Comments = map[string][]comment{}
		}
		s.Comments[m[5]] = append(s.Comments[m[5]], c)
		changed = &c
	}
	for _, list := range s.Comments {
		for i := range list {
			if m[6] != "" && fmt.Sprint(list[i].ID) == m[6] {
				list[i].Body = fields["body"]
				changed = &list[i]
			}
		}
	}
	if changed == nil {
		return nil, fmt.Errorf("HTTP 404: %s", endpoint)
	}
	if data, err = json.Marshal(s); err != nil {
		return nil, err
	}
	return changed, os.WriteFile(file, data, 0o644)
}
