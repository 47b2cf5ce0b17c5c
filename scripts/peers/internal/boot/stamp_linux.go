package boot

import (
	"errors"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

var stampBytes = unix.CmsgSpace(int(unsafe.Sizeof(unix.Timespec{})))

var errNoStamp = errors.New("the kernel does not say when a request arrived")

// stamp is when the kernel received what a read gave.
func stamp(oob []byte) (time.Time, error) {
	messages, err := unix.ParseSocketControlMessage(oob)
	if err != nil {
		return time.Time{}, err
	}
	for _, m := range messages {
		if m.Header.Level == unix.SOL_SOCKET && m.Header.Type == unix.SCM_TIMESTAMPNS && len(m.Data) >= int(unsafe.Sizeof(unix.Timespec{})) {
			at := (*unix.Timespec)(unsafe.Pointer(&m.Data[0]))
			return time.Unix(at.Unix()), nil
		}
	}
	return time.Time{}, errNoStamp
}

// keepStamps has the kernel stamp all that arrives while the socket that it returns
// is open. The kernel begins to do so some time after the first socket has asked for
// it, and ends with the last.
func keepStamps() (fd int, err error) {
	if fd, err = unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0); err != nil {
		return 0, err
	}
	defer func() {
		if err != nil {
			unix.Close(fd)
		}
	}()
	if err = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1); err != nil {
		return 0, err
	}
	if err = timeouts(fd); err != nil {
		return 0, err
	}
	if err = unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		return 0, err
	}
	own, err := unix.Getsockname(fd)
	if err != nil {
		return 0, err
	}
	// A datagram gets a stamp when it is read, at the latest; one of a connection does
	// not. So it is a time that is past by then that says that stamps are given.
	for range 200 {
		if err = unix.Sendto(fd, []byte{0}, 0, own); err != nil {
			return 0, err
		}
		time.Sleep(5 * time.Millisecond)
		before := time.Now()
		oob := make([]byte, stampBytes)
		_, m, _, _, err := unix.Recvmsg(fd, make([]byte, 1), oob, 0)
		if err != nil {
			return 0, err
		}
		if at, err := stamp(oob[:m]); err == nil && at.Before(before) {
			return fd, nil
		}
	}
	return 0, errNoStamp
}
