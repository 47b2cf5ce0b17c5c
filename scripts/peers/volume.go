package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/coldcrank/coldcrank/scripts/peers/internal/child"
	"github.com/coldcrank/coldcrank/scripts/peers/internal/slow"
)

// roleVolume serves the slow volume: a program that is started from it must not be
// started by the process that serves it.
const roleVolume = "volume"

// volumeSettings is what the volume's role reads.
type volumeSettings struct {
	At       string            // an empty folder
	Programs map[string]string // by folder on the volume
	Speed    slow.Speed
}

// mounted is what it says when it serves: why it does not, or "".
type mounted struct{ Missing string }

// readSoFar is its answer to every question.
type readSoFar struct{ Bytes int }

func playVolume(questions *json.Decoder, answers *json.Encoder) (err error) {
	var settings volumeSettings
	if err := questions.Decode(&settings); err != nil {
		return err
	}
	// Whoever asked may have been killed: an answer that nobody reads is then an error,
	// after which the volume is unmounted, and no signal that ends this process first.
	signal.Ignore(syscall.SIGPIPE)
	v, err := slow.Mount(settings.At, settings.Programs, settings.Speed)
	if err != nil {
		return answers.Encode(mounted{err.Error()})
	}
	defer func() { err = errors.Join(err, v.Close()) }()
	if err := answers.Encode(mounted{}); err != nil {
		return err
	}
	for {
		if err := questions.Decode(new(struct{})); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if err := answers.Encode(readSoFar{v.Read()}); err != nil {
			return err
		}
	}
}

// volume is the slow volume in a process of its own.
type volume struct {
	*child.Child
	at string
}

// startVolume mounts the volume on a new folder in dir. missing says why there is
// none.
func startVolume(ctx context.Context, dir string, programs map[string]string, speed slow.Speed) (v *volume, missing string, err error) {
	at, err := os.MkdirTemp(dir, "volume-")
	if err != nil {
		return nil, "", err
	}
	var m mounted
	c, err := child.Start(ctx, roleVolume, volumeSettings{at, programs, speed}, &m)
	if err != nil {
		return nil, "", errors.Join(err, slow.Unmount(at))
	}
	v = &volume{c, at}
	if m.Missing != "" {
		return nil, m.Missing, v.Close()
	}
	return v, "", nil
}

// read is what has been read from the volume so far, in bytes.
func (v *volume) read() (int, error) {
	var so readSoFar
	err := v.Ask(struct{}{}, &so)
	return so.Bytes, err
}

// Close unmounts it, also where its process has been killed.
func (v *volume) Close() error {
	if err := errors.Join(v.Child.Close(), slow.Unmount(v.at)); err != nil {
		return fmt.Errorf("slow volume: %w", err)
	}
	return nil
}
