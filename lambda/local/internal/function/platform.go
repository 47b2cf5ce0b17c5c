package function

import (
	"debug/elf"
	"debug/macho"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
)

// machines are the executables that a platform runs, by GOOS/GOARCH.
var machines = map[string]uint32{
	"linux/amd64":  uint32(elf.EM_X86_64),
	"linux/arm64":  uint32(elf.EM_AARCH64),
	"darwin/amd64": uint32(macho.CpuAmd64),
	"darwin/arm64": uint32(macho.CpuArm64),
}

// runnable refuses a folder whose bootstrap this platform cannot run: an emulated
// time is no time. One that is a link out of the folder cannot be looked at here.
func runnable(dir, goos, goarch string) error {
	f, err := os.OpenInRoot(dir, bootstrapName)
	if errors.Is(err, fs.ErrNotExist) {
		return errors.New("the code has no bootstrap at its top: build the program under that name")
	}
	if err != nil {
		return fmt.Errorf("look at bootstrap, which may be a link but not lead out of code or layers: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if info.Mode().Perm()&0o111 == 0 {
		return errors.New("bootstrap is not executable: chmod +x it before it is packed")
	}
	head := make([]byte, 20)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && err != io.EOF {
		return fmt.Errorf("read bootstrap: %w", err)
	}
	platform := goos + "/" + goarch
	got, script := built(head[:n])
	if script || got == platform {
		return nil
	}
	return &platformError{got, platform}
}

// platformError is of a program for another platform than this machine's.
type platformError struct{ built, here string }

func (e *platformError) Error() string {
	return fmt.Sprintf("bootstrap is built for %s and cannot run on %s: build it for this platform too, or give an Entry instead of Code, which is then built for both", e.built, e.here)
}

// lambda reports whether the program may be one that Lambda runs, which has Linux.
func (e *platformError) lambda() bool { return strings.HasPrefix(e.built, "linux") }

// built says for which platform an executable's header is, or that it is a
// script. https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html
func built(head []byte) (platform string, script bool) {
	if len(head) >= 2 && string(head[:2]) == "#!" {
		return "", true
	}
	if len(head) < 20 {
		return "no platform (it is no executable)", false
	}
	goos, machine := "", uint32(0)
	switch {
	case string(head[:4]) == elf.ELFMAG:
		goos, machine = "linux", uint32(binary.LittleEndian.Uint16(head[18:]))
		if elf.Data(head[elf.EI_DATA]) == elf.ELFDATA2MSB {
			machine = uint32(binary.BigEndian.Uint16(head[18:]))
		}
	case binary.LittleEndian.Uint32(head) == macho.Magic64:
		goos, machine = "darwin", binary.LittleEndian.Uint32(head[4:])
	default:
		return "no platform that is known (neither ELF, Mach-O nor a script)", false
	}
	for platform, m := range machines {
		if m == machine && platform[:len(goos)] == goos {
			return platform, false
		}
	}
	return fmt.Sprintf("%s on machine %d", goos, machine), false
}
