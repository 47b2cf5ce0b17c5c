package slow

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
	"golang.org/x/sys/unix"
)

// A Volume is mounted.
type Volume struct {
	server *fuse.Server
	at     string
	clock  *clock
}

// Mount mounts a volume on an empty folder that has, in folders of their names, a
// copy of each program under its own name. What has been read stays in the page
// cache until it is evicted, also when the file is opened again.
func Mount(at string, programs map[string]string, s Speed) (*Volume, error) {
	root := &folder{files: map[string]*file{}}
	c := &clock{Speed: s}
	for name, exe := range programs {
		data, err := os.ReadFile(exe)
		if err != nil {
			return nil, err
		}
		root.files[name] = &file{name: filepath.Base(exe), data: data, clock: c}
	}
	forever := time.Hour
	server, err := fs.Mount(at, root, &fs.Options{
		MountOptions: fuse.MountOptions{
			FsName: "coldcrank", Name: "slow", DirectMount: true, DirectMountFlags: unix.MS_NOSUID | unix.MS_NODEV | unix.MS_RDONLY,
			DisableXAttrs: true, MaxBackground: 64, MaxWrite: 128 << 10,
		},
		EntryTimeout: &forever, AttrTimeout: &forever, NegativeTimeout: &forever,
		UID: uint32(os.Getuid()), GID: uint32(os.Getgid()),
	})
	if err != nil {
		return nil, fmt.Errorf("mount by FUSE: %w", err)
	}
	return &Volume{server, at, c}, nil
}

// Read is what has been read so far, in bytes.
func (v *Volume) Read() int { return v.clock.read() }

// Close unmounts it. What is still open there is no longer answered.
func (v *Volume) Close() error {
	if v.server.Unmount() != nil { // it is in use
		return Unmount(v.at)
	}
	return nil
}

// Unmount takes away what a server that was killed has left mounted, if anything.
func Unmount(at string) error {
	if err := unix.Unmount(at, unix.MNT_DETACH); err != nil && err != unix.EINVAL && err != unix.ENOENT {
		return os.NewSyscallError("unmount", err)
	}
	return nil
}

// folder is the root.
type folder struct {
	fs.Inode
	files map[string]*file
}

var _ fs.NodeOnAdder = (*folder)(nil)

func (r *folder) OnAdd(ctx context.Context) {
	for name, f := range r.files {
		dir := r.NewPersistentInode(ctx, &fs.Inode{}, fs.StableAttr{Mode: syscall.S_IFDIR})
		r.AddChild(name, dir, false)
		dir.AddChild(f.name, r.NewPersistentInode(ctx, f, fs.StableAttr{Mode: syscall.S_IFREG}), false)
	}
}

// file is a program.
type file struct {
	fs.Inode
	name  string
	data  []byte
	clock *clock
}

var (
	_ fs.NodeOpener    = (*file)(nil)
	_ fs.NodeGetattrer = (*file)(nil)
	_ fs.NodeReader    = (*file)(nil)
)

func (f *file) Open(_ context.Context, flags uint32) (fs.FileHandle, uint32, syscall.Errno) {
	if flags&syscall.O_ACCMODE != syscall.O_RDONLY {
		return nil, 0, syscall.EROFS
	}
	return nil, fuse.FOPEN_KEEP_CACHE, 0
}

func (f *file) Getattr(_ context.Context, _ fs.FileHandle, out *fuse.AttrOut) syscall.Errno {
	out.Mode = syscall.S_IFREG | 0o755
	out.Size = uint64(len(f.data))
	return 0
}

func (f *file) Read(_ context.Context, _ fs.FileHandle, dest []byte, off int64) (fuse.ReadResult, syscall.Errno) {
	asked := now()
	from := min(off, int64(len(f.data)))
	part := f.data[from:min(from+int64(len(dest)), int64(len(f.data)))]
	wait(f.clock.done(asked, len(part)))
	return fuse.ReadResultData(part), 0
}

// now is the system's clock that is never set.
func now() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &t); err != nil {
		panic(err) // it is always there
	}
	return time.Duration(t.Nano())
}

// wait sleeps by the system's call, without the 50 µs that Linux may add: Go's timers
// may be late by a millisecond, where nothing else wakes the program up.
func wait(until time.Duration) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	// An error leaves the sleep as long as it would have been.
	_ = unix.Prctl(unix.PR_SET_TIMERSLACK, 1, 0, 0, 0)
	at := unix.NsecToTimespec(until.Nanoseconds())
	for unix.ClockNanosleep(unix.CLOCK_MONOTONIC, unix.TIMER_ABSTIME, &at, nil) == unix.EINTR {
	}
}
