// Package sigterm gives a function on package ric a word before its environment
// ends.
//
// Lambda ends an environment by SIGKILL, unless an extension is registered in
// it: then it sends SIGTERM first and waits for up to 500 ms where the extension
// is an internal one
// (https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-shutdown).
// So this package registers one that wants no events, and pays for it with two
// requests in the init and with package os below it.
package sigterm

import (
	"os"
	"os/signal"
	"strconv"
	"syscall"

	"github.com/coldcrank/coldcrank/lambda/ric/internal/wire"
)

// Before calls f when the environment is about to end, in a goroutine of its
// own, and then ends the process with status 0. It is called once, before
// ric.Start.
//
// An error says that the extension could not be registered, so that there will be
// no SIGTERM from Lambda; one from elsewhere is still obeyed. An emulator without
// extensions is a case of it: whether that matters is the function's decision.
func Before(f func()) error {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM)
	go func() {
		<-signals
		f()
		os.Exit(0)
	}()
	return register()
}

// name is the one of the extension.
const name = "coldcrank-sigterm"

// register tells Lambda of an extension and that its init is over, in the way of
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html.
func register() error {
	c, err := wire.New(os.Getenv("AWS_LAMBDA_RUNTIME_API"))
	if err != nil {
		return err
	}
	const base = "/2020-01-01/extension/"
	a, _, err := c.Do("POST", base+"register", []wire.Field{{Name: "Lambda-Extension-Name", Value: name}, {Name: "Content-Type", Value: "application/json"}}, []byte(`{"events":[]}`))
	if err != nil {
		return &registerError{err.Error()}
	}
	if a.Status != 200 {
		c.Close()
		return &registerError{"the Extensions API answered " + strconv.Itoa(a.Status) + ": " + string(a.Body[:min(len(a.Body), 1000)])}
	}
	id := wire.Field{Name: "Lambda-Extension-Identifier", Value: a.Header("Lambda-Extension-Identifier")}
	// The init of an extension is over when it asks for its first event. There is
	// none for this one: whatever comes back, nothing depends on it any more.
	go func() {
		c.Do("GET", base+"event/next", []wire.Field{id}, nil)
		c.Close()
	}()
	return nil
}

type registerError struct{ text string }

func (e *registerError) Error() string { return "register an extension for SIGTERM: " + e.text }
