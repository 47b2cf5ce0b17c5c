package recycle

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

const (
	journalSchema = 1
	journalExt    = ".journal.json"
)

// Journal is the record of what a run changes, on disk before it changes
// anything: what was there before, and which versions the run has made. It is
// removed when everything has been put back, so a journal that is still there
// belongs to a run that did not get that far, or goes on: a Journal holds a lock
// on its file, which the system releases when the process ends, however it does.
//
// It names fields one by one. A service's whole answer is never kept: it may
// hold the function's environment variables.
type Journal struct {
	mu   sync.Mutex
	file string
	data journalData
	held *os.File // the file as it is, locked; nil before the first change
}

type journalData struct {
	Schema  int       `json:"schema"`
	Run     string    `json:"run"`
	Started time.Time `json:"started"`
	Entries []*entry  `json:"targets"`
}

// entry is one target's part of a journal.
type entry struct {
	Target   string   `json:"target"` // Stack/Name
	Region   string   `json:"region"`
	Endpoint string   `json:"endpoint,omitempty"` // of an executor that is not AWS
	Function string   `json:"function"`
	ARN      string   `json:"function_arn,omitempty"` // tells accounts apart
	Alias    string   `json:"alias"`
	Before   state    `json:"before"`
	Created  []string `json:"created,omitempty"`   // versions made and not yet deleted
	MemoryMB []int    `json:"memory_mb,omitempty"` // sizes that the run has set, but for the one before
}

// state is what a run changes and puts back.
type state struct {
	Description      string             `json:"description"`
	MemoryMB         int                `json:"memory_mb,omitempty"` // absent in older journals, whose runs did not change it
	AliasVersion     string             `json:"alias_version"`
	AliasDescription string             `json:"alias_description"`
	AliasWeights     map[string]float64 `json:"alias_weights,omitempty"`
}

// NewJournal makes the journal of a run in dir. Nothing is written before the
// first target is added.
func NewJournal(dir, run string, started time.Time) *Journal {
	name := fmt.Sprintf("%s-%s"+journalExt, started.UTC().Format("20060102T150405.000Z"), run)
	return &Journal{
		file: filepath.Join(dir, name),
		data: journalData{Schema: journalSchema, Run: run, Started: started.UTC()},
	}
}

// File is the journal's name.
func (j *Journal) File() string { return j.file }

// change applies f and writes the journal.
func (j *Journal) change(f func(*journalData)) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	f(&j.data)
	return j.write()
}

// write writes the whole journal: to a temporary name, synced, renamed. The file is
// at every moment either the old or the new one. j.mu is held.
func (j *Journal) write() error {
	data, err := json.MarshalIndent(j.data, "", "  ")
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(j.file), 0o755); err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	temporary := j.file + ".new"
	w, err := os.OpenFile(temporary, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	// Locked before it has its name, so that nobody finds it unlocked.
	err = lock(w)
	if err == nil {
		_, err = w.Write(append(data, '\n'))
	}
	if err == nil {
		err = w.Sync()
	}
	if err == nil {
		err = os.Rename(temporary, j.file)
	}
	if err != nil {
		return fmt.Errorf("journal: %w", errors.Join(err, w.Close(), os.Remove(temporary)))
	}
	old := j.held
	j.held = w
	return closeHeld(old)
}

// lock takes the lock of a file, or returns ErrRunning where another process
// has it. A file system without locks does not keep a run from its work.
func lock(f *os.File) error {
	err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	switch {
	case errors.Is(err, unix.EWOULDBLOCK):
		return ErrRunning
	case errors.Is(err, unix.ENOLCK), errors.Is(err, unix.ENOTSUP), errors.Is(err, unix.ENOSYS):
		return nil
	}
	return err
}

func closeHeld(f *os.File) error {
	if f == nil {
		return nil
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	return nil
}

// Close releases the lock. The file stays as it is.
func (j *Journal) Close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	held := j.held
	j.held = nil
	return closeHeld(held)
}

// syncDir makes the name of a file last, as syncing the file makes its content.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// add takes an entry up. When it returns, the journal survives even a crash of
// the machine; on an error it is as before.
func (j *Journal) add(e *entry) error {
	// A run changes nothing that OpenJournal would refuse to put back.
	if err := e.check(); err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	err := j.change(func(d *journalData) { d.Entries = append(d.Entries, e) })
	if err == nil {
		// Not at every change: versions are also found by their mark.
		if err = syncDir(filepath.Dir(j.file)); err != nil {
			err = fmt.Errorf("journal: %w", err)
		}
	}
	if err != nil {
		j.mu.Lock()
		j.data.drop(e)
		j.mu.Unlock()
	}
	return err
}

// done removes an entry, and with the last one the file. Targets of a run are put
// back at the same time: who is the last is decided once.
func (j *Journal) done(e *entry) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.data.drop(e)
	if len(j.data.Entries) > 0 {
		return j.write()
	}
	held := j.held
	j.held = nil
	if err := errors.Join(os.Remove(j.file), closeHeld(held)); err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	return nil
}

func (d *journalData) drop(e *entry) {
	d.Entries = slices.DeleteFunc(d.Entries, func(other *entry) bool { return other == e })
}
