package await

import (
	"encoding/binary"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

func TestArrived(t *testing.T) {
	now := time.Now()
	stamp := func(at time.Time) []byte {
		b := make([]byte, unix.CmsgSpace(16))
		h := (*unix.Cmsghdr)(unsafe.Pointer(&b[0]))
		h.Level, h.Type = unix.SOL_SOCKET, unix.SCM_TIMESTAMPNS
		h.SetLen(unix.CmsgLen(16))
		data := b[unix.CmsgLen(0):]
		binary.NativeEndian.PutUint64(data, uint64(at.Unix()))
		binary.NativeEndian.PutUint64(data[8:], uint64(at.Nanosecond()))
		return b
	}
	for _, tc := range []struct {
		control []byte
		age     time.Duration
	}{
		{stamp(now.Add(-40 * time.Microsecond)), 40 * time.Microsecond},
		{stamp(now.Add(time.Millisecond)), 0}, // the wall clock was set back
		{stamp(now.Add(-time.Hour)), 0},       // or forward
		{nil, 0},
		{[]byte{1, 2, 3}, 0},
	} {
		if got := now.Sub(arrived(tc.control, now)); got != tc.age {
			t.Errorf("%v ago, want %v", got, tc.age)
		}
	}
}
