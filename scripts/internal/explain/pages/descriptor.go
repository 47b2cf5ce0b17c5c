package pages

import (
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// descriptorOf is the file descriptor by which a process has the connection from a
// local address: the emulator has those of the program, by the same numbers.
//
// Source: https://docs.kernel.org/networking/proc_net_tcp.html; the port of an address
// is hexadecimal, and the tenth field is the inode, which names the descriptor's link.
func descriptorOf(pid int, from string) (int, error) {
	_, port, err := net.SplitHostPort(from)
	if err != nil {
		return 0, err
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return 0, err
	}
	suffix := ":" + strings.ToUpper(hex.EncodeToString([]byte{byte(number >> 8), byte(number)}))
	sockets := map[string]bool{}
	for _, table := range []string{"tcp", "tcp6"} { // one of them may be switched off
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/net/%s", pid, table))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return 0, err
		}
		for line := range strings.Lines(string(text)) {
			if f := strings.Fields(line); len(f) > 9 && strings.HasSuffix(f[1], suffix) {
				sockets["socket:["+f[9]+"]"] = true
			}
		}
	}
	dir := fmt.Sprintf("/proc/%d/fd", pid)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return 0, err
	}
	for _, e := range entries {
		// A descriptor may be closed meanwhile; the one that is looked for waits.
		if link, err := os.Readlink(filepath.Join(dir, e.Name())); err == nil && sockets[link] {
			return strconv.Atoi(e.Name())
		}
	}
	return 0, fmt.Errorf("process %d has no connection from %s", pid, from)
}
