package main

import (
	"bufio"
	"errors"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// readKeys reads lines of a terminal or a pipe. The channel is closed when nobody
// types there any more.
func readKeys(stdin io.Reader) <-chan string {
	if f, ok := stdin.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		stdin = foreground{f}
	}
	keys := make(chan string)
	go func() { // ends with the process, if nothing else is typed
		defer close(keys)
		for lines := bufio.NewScanner(stdin); lines.Scan(); {
			keys <- strings.TrimSpace(lines.Text())
		}
	}()
	return keys
}

// foreground reads a terminal while it is this process group's. A read from the
// background would stop the whole group (SIGTTIN), also one that began in the
// foreground: after Ctrl-Z and bg it is begun again.
type foreground struct{ *os.File }

// elsewhere is how long what is typed for somebody else is not looked at.
const elsewhere = 200 * time.Millisecond

func (f foreground) Read(p []byte) (int, error) {
	fd := int(f.Fd())
	for {
		// What cannot be polled, as terminals on some versions of macOS, has an event
		// that says so, and is read at once. A signal, of Go's runtime too, ends the
		// wait with nothing to read yet: a read would go on waiting, and be begun in the
		// background one day.
		if _, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, -1); err == unix.EINTR {
			continue
		} else if err != nil {
			return 0, os.NewSyscallError("poll", err)
		}
		group, err := unix.IoctlGetInt(fd, unix.TIOCGPGRP)
		switch {
		case errors.Is(err, unix.ENOTTY) || err == nil && group == unix.Getpgrp(): // or it controls no session of ours
			return f.File.Read(p)
		case err != nil:
			return 0, err
		}
		time.Sleep(elsewhere)
	}
}
