package pages

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"math/bits"
	"regexp"
	"strconv"
)

// executed are the pages of which instructions were executed, by number, which is
// the address divided by pageSize.
type executed map[uint64]*bytesOf

// bytesOf has a bit for each byte of a page: an instruction begins there.
type bytesOf [pageSize / 64]uint64

// add enters an instruction.
func (e executed) add(address uint64) {
	page := address / pageSize
	if e[page] == nil {
		e[page] = new(bytesOf)
	}
	e[page][address%pageSize/64] |= 1 << (address % 64)
}

// addresses yields the addresses of a page's instructions.
func (b *bytesOf) addresses(page uint64) iter.Seq[uint64] {
	return func(yield func(uint64) bool) {
		for i, word := range b {
			for ; word != 0; word &= word - 1 {
				if !yield(page*pageSize + uint64(i)*64 + uint64(bits.TrailingZeros64(word))) {
					return
				}
			}
		}
	}
}

// errNotSent is a log without the call that sent the request, errNoCode one without
// an instruction of the executable before it.
var (
	errNotSent = errors.New("the emulator's log does not have the call that asks for the first invocation")
	errNoCode  = errors.New("the emulator's log does not have the executable's instructions")
)

// readLog reads what QEMU writes with -d in_asm,strace, up to the last call that
// sends something on a descriptor: the request has left there, and what the program
// did afterwards while it waited is not init. Instructions elsewhere than in code that
// counts are left out.
//
// Each instruction that QEMU translates, once, right before it is executed, is a line
// of its own that begins with its address:
//
//	0x00099040:  17fff558  b        #0x965a0
//
// The call is written when it is made, as `4068 write(8,0x9d3d3000,134)`, and its
// result when it is known: other threads' lines may come between the two, and the
// call may begin in the middle of a line. (QEMU: accel/tcg/translator.c,
// disas/disas-common.c; linux-user/strace.c, print_syscall.)
func readLog(r io.Reader, descriptor int, counts func(address uint64) bool) (executed, error) {
	send := regexp.MustCompile(fmt.Sprintf(`(?:^|[^0-9])[0-9]+ (?:write|writev|sendto|sendmsg|sendmmsg)\(%d,`, descriptor))
	sent, total := false, executed{}
	var since []uint64 // instructions since the last call
	b := bufio.NewReader(r)
	begins := true // what is read next begins a line
	for {
		part, err := b.ReadSlice('\n')
		if address, ok := addressOf(part); ok && begins {
			if counts(address) {
				since = append(since, address)
			}
		} else if send.Match(part) {
			sent = true
			for _, address := range since {
				total.add(address)
			}
			since = since[:0]
		}
		begins = err == nil
		switch {
		case errors.Is(err, io.EOF) && len(total) > 0:
			return total, nil
		case errors.Is(err, io.EOF) && sent:
			return nil, errNoCode
		case errors.Is(err, io.EOF):
			return nil, errNotSent
		case err != nil && !errors.Is(err, bufio.ErrBufferFull): // a long line goes on
			return nil, fmt.Errorf("read the emulator's log: %w", err)
		}
	}
}

// addressOf is the address that a line begins with.
func addressOf(line []byte) (uint64, bool) {
	rest, ok := bytes.CutPrefix(line, []byte("0x"))
	if !ok {
		return 0, false
	}
	end := bytes.IndexByte(rest, ':')
	if end < 0 || end > 16 {
		return 0, false
	}
	address, err := strconv.ParseUint(string(rest[:end]), 16, 64)
	return address, err == nil
}
