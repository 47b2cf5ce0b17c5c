package recycle

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/coldcrank/coldcrank/infra/outputs"
)

// journalLimit bounds what is read of a journal. An entry has about 1 kB.
const journalLimit = 1 << 20

// ErrRunning is returned by OpenJournal where the journal's run goes on, or
// somebody else is putting back what it names.
var ErrRunning = errors.New("its run goes on, or is being put back elsewhere")

// ErrNewer is wrapped by the *JournalError of a journal that a newer coldcrank has
// made.
var ErrNewer = errors.New("made by a newer coldcrank")

// JournalError is a file that is no journal, or one that nothing is put back
// by: what it says cannot have been written by a run.
type JournalError struct {
	File string
	Err  error
}

func (e *JournalError) Error() string { return fmt.Sprintf("journal %s: %v", e.File, e.Err) }
func (e *JournalError) Unwrap() error { return e.Err }

// Journals returns the journals in dir, oldest first. A dir that does not exist
// has none. What a killed process had not finished writing is no journal.
func Journals(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("find journals: %w", err)
	}
	var files []string
	for _, e := range entries { // sorted by name, which begins with the time
		if strings.HasSuffix(e.Name(), journalExt) {
			files = append(files, filepath.Join(dir, e.Name()))
		}
	}
	return files, nil
}

// OpenJournal reads the journal of a run that has ended without putting
// everything back, and takes its lock. The caller closes it.
// Errors: a file that cannot be read, *JournalError, ErrRunning.
func OpenJournal(file string) (*Journal, error) {
	f, err := openLocked(file)
	if err != nil {
		return nil, fmt.Errorf("journal %s: %w", file, err)
	}
	j := &Journal{file: file, held: f}
	data, err := io.ReadAll(io.LimitReader(f, journalLimit+1))
	if err == nil {
		err = j.data.parse(data)
	}
	if err != nil {
		return nil, errors.Join(&JournalError{file, err}, j.Close())
	}
	return j, nil
}

// openLocked opens a file and takes its lock. A run that changes its journal
// gives the name to a new file: then the lock of the old one means nothing.
func openLocked(file string) (*os.File, error) {
	for {
		info, err := os.Stat(file)
		if err != nil {
			return nil, err
		}
		if !info.Mode().IsRegular() { // opening a pipe would wait for its writer
			return nil, errors.New("not a regular file")
		}
		f, err := os.Open(file)
		if err != nil {
			return nil, err
		}
		if err := lock(f); err != nil {
			return nil, errors.Join(err, f.Close())
		}
		mine, err := f.Stat()
		if err != nil {
			return nil, errors.Join(err, f.Close())
		}
		if now, err := os.Stat(file); err == nil && os.SameFile(mine, now) {
			return f, nil
		} else if err != nil {
			return nil, errors.Join(err, f.Close())
		}
		if err := f.Close(); err != nil {
			return nil, err
		}
	}
}

// Run is the run's id, Started when it began.
func (j *Journal) Run() string        { return j.data.Run }
func (j *Journal) Started() time.Time { return j.data.Started }

// Unfinished is a target that a journal names, which may not be as it was.
type Unfinished struct {
	outputs.Target        // its names, function, alias and Region; nothing else is known
	Endpoint       string // of an executor that is not AWS

	journal *Journal
	entry   *entry
}

// Unfinished are the targets that are not yet put back.
func (j *Journal) Unfinished() []*Unfinished {
	j.mu.Lock()
	defer j.mu.Unlock()
	var all []*Unfinished
	for _, e := range j.data.Entries {
		stack, name, _ := strings.Cut(e.Target, "/")
		all = append(all, &Unfinished{
			Target:   outputs.Target{Stack: stack, Name: name, FunctionName: e.Function, Alias: e.Alias, Region: e.Region},
			Endpoint: e.Endpoint, journal: j, entry: e,
		})
	}
	return all
}

// parse reads a journal as what it is: a file that anybody may have written.
func (d *journalData) parse(data []byte) error {
	if len(data) > journalLimit {
		return fmt.Errorf("more than %d bytes", journalLimit)
	}
	var read journalData
	if err := json.Unmarshal(data, &read); err != nil {
		return err
	}
	switch {
	case read.Schema != journalSchema:
		err := fmt.Errorf("schema %d: this coldcrank reads schema %d", read.Schema, journalSchema)
		if read.Schema > journalSchema {
			err = fmt.Errorf("%w: %w", ErrNewer, err)
		}
		return err
	case !runID.MatchString(read.Run):
		return fmt.Errorf("run %q is no id of a run", read.Run)
	case len(read.Entries) == 0:
		return errors.New("it names no target")
	}
	for i, e := range read.Entries {
		if e == nil {
			return fmt.Errorf("target %d is null", i+1)
		}
		if err := e.check(); err != nil {
			return err
		}
		if slices.ContainsFunc(read.Entries[:i], e.same) {
			return fmt.Errorf("%s: its alias stands twice in the journal", e.Target)
		}
	}
	*d = read
	return nil
}

func (e *entry) same(other *entry) bool {
	return e.Region == other.Region && e.Endpoint == other.Endpoint && e.Function == other.Function && e.Alias == other.Alias
}

// Forms of what a journal holds. Those of AWS's names are with the outputs.
var (
	runID       = regexp.MustCompile(`^[0-9a-z]{1,64}$`)
	targetName  = regexp.MustCompile(`^[^/\pC]+/[^/@\pC]+(@[^\pC]+)?$`) // of the base of a comparison with its git ref
	functionARN = regexp.MustCompile(`^(arn:[a-zA-Z0-9_:$-]{1,300})?$`)
)

const (
	descriptionLimit = 256 // characters, of functions, versions and aliases
	latest           = "$LATEST"
)

// check refuses what no run writes and what AWS would not have answered.
func (e *entry) check() error {
	for _, f := range []struct {
		what, value string
		form        *regexp.Regexp
	}{
		{"name of a target", e.Target, targetName},
		{"ARN", e.ARN, functionARN},
	} {
		if !f.form.MatchString(f.value) {
			return fmt.Errorf("%q is no %s", f.value, f.what)
		}
	}
	for _, err := range []error{outputs.Region.Check(e.Region), outputs.FunctionName.Check(e.Function), outputs.Alias.Check(e.Alias)} {
		if err != nil {
			return err
		}
	}
	if e.Endpoint != "" && !loopback(e.Endpoint) {
		return fmt.Errorf("%s: endpoint %q is not an http address of this machine", e.Target, e.Endpoint)
	}
	if v := e.Before.AliasVersion; v != latest && outputs.Version.Check(v) != nil {
		return fmt.Errorf("%s: %q is no version", e.Target, v)
	}
	for v, weight := range e.Before.AliasWeights {
		if outputs.Version.Check(v) != nil || weight < 0 || weight > 1 {
			return fmt.Errorf("%s: weight %v of version %q is none", e.Target, weight, v)
		}
	}
	for _, d := range []string{e.Before.Description, e.Before.AliasDescription} {
		if utf8.RuneCountInString(d) > descriptionLimit {
			return fmt.Errorf("%s: a description of more than %d characters", e.Target, descriptionLimit)
		}
	}
	if run, ok := MarkedBy(e.Before.Description); ok {
		return fmt.Errorf("%s: the description before the run bears the mark of run %s", e.Target, run)
	}
	for i, mb := range append([]int{e.Before.MemoryMB}, e.MemoryMB...) {
		// The quotas of Lambda; older journals have none of before.
		if (mb != 0 || i > 0 || e.MemoryMB != nil) && (mb < 128 || mb > 10_240) {
			return fmt.Errorf("%s: %d MB is no memory size", e.Target, mb)
		}
	}
	for _, v := range e.Created {
		if outputs.Version.Check(v) != nil {
			return fmt.Errorf("%s: %q is no number of a version", e.Target, v)
		}
	}
	return nil
}

func loopback(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Port() == "" || u.User != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}
