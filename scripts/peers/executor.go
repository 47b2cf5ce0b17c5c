package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/coldcrank/coldcrank/lambda/reportlog"
	"github.com/coldcrank/coldcrank/scripts/internal/hammer"
	"github.com/coldcrank/coldcrank/scripts/peers/internal/child"
	"github.com/coldcrank/coldcrank/scripts/peers/internal/stack"
)

// executor is a local executor in a process of its own.
type executor struct {
	*child.Child
	place
}

func startExecutor(ctx context.Context, assembly string) (*executor, error) {
	x := new(executor)
	var err error
	x.Child, err = child.Start(ctx, roleExecutor, executorSettings{assembly}, &x.place)
	return x, err
}

// burst sends n requests at once, over plain HTTP.
func (x *executor) burst(ctx context.Context, n int) ([]hammer.Result, error) {
	s, err := hammer.Dial(ctx, x.URL, n, hammer.Options{})
	if err != nil {
		return nil, err
	}
	defer s.Close() // what matters has been answered
	return release(ctx, s, http.MethodGet, x.URL, n)
}

// reports are the REPORTs of n requests, in their order.
func (x *executor) reports(ctx context.Context, n int) ([]reportlog.Record, error) {
	var found []reportlog.Record
	for end := time.Now().Add(10 * time.Second); len(found) < n; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			return nil, fmt.Errorf("%d of %d REPORTs are there", len(found), n)
		}
		found = found[:0]
		for token, first := "", true; first || token != ""; first = false {
			page, err := x.events(ctx, token)
			if err != nil {
				return nil, err
			}
			for _, e := range page.Events {
				records, err := reportlog.Parse(e.Message)
				if err != nil {
					return nil, err
				}
				for _, r := range records {
					if r.Kind == reportlog.Report {
						found = append(found, r)
					}
				}
			}
			token = page.NextToken
		}
	}
	return found, nil
}

type eventPage struct {
	Events    []struct{ Message string }
	NextToken string
}

// events asks the executor for log events: FilterLogEvents as an SDK sends it.
func (x *executor) events(ctx context.Context, token string) (page eventPage, err error) {
	body, err := json.Marshal(map[string]string{"logGroupName": stack.FunctionLogs, "nextToken": token})
	if err != nil {
		return page, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, x.Endpoint, bytes.NewReader(body))
	if err != nil {
		return page, err
	}
	req.Header.Set("Content-Type", "application/x-amz-json-1.1")
	req.Header.Set("X-Amz-Target", "Logs_20140328.FilterLogEvents")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return page, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return page, fmt.Errorf("FilterLogEvents: %s", resp.Status)
	}
	return page, json.NewDecoder(resp.Body).Decode(&page)
}
