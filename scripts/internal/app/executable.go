package app

import (
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/hex"
	"fmt"
	"io"
	"os"
)

// Executable is what a shipped executable tells about itself.
type Executable struct {
	Bytes  int64
	SHA256 string // hex

	// Of an executable that Go built; empty for any other.
	GoVersion string
	Settings  map[string]string // build settings: -tags, -ldflags, GOARCH, …
}

// ReadExecutable reads the executable of that name.
func ReadExecutable(name string) (Executable, error) {
	f, err := os.Open(name)
	if err != nil {
		return Executable{}, err
	}
	defer f.Close()
	hash := sha256.New()
	n, err := io.Copy(hash, f)
	if err != nil {
		return Executable{}, fmt.Errorf("read %s: %w", name, err)
	}
	e := Executable{Bytes: n, SHA256: hex.EncodeToString(hash.Sum(nil))}
	if info, err := buildinfo.Read(f); err == nil { // else: not built by Go
		e.GoVersion = info.GoVersion
		e.Settings = map[string]string{}
		for _, s := range info.Settings {
			e.Settings[s.Key] = s.Value
		}
	}
	return e, nil
}
