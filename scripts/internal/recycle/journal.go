package recycle

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Journal is the record of what a run changes, on disk before it changes
// anything: what was there before, and which versions the run has made. It is
// removed when everything has been put back, so a journal that is still there
// belongs to a run that did not get that far.
//
// It names fields one by one. A service's whole answer is never kept: it may
// hold the function's environment variables.
type Journal struct {
	mu   sync.Mutex
	file string
	data journalData
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
	Alias    string   `json:"alias"`
	Before   state    `json:"before"`
	Created  []string `json:"created,omitempty"` // versions made and not yet deleted
}

// state is what a run changes and puts back.
type state struct {
	Description      string             `json:"description"`
	AliasVersion     string             `json:"alias_version"`
	AliasDescription string             `json:"alias_description"`
	AliasWeights     map[string]float64 `json:"alias_weights,omitempty"`
}

// NewJournal makes the journal of a run in dir. Nothing is written before the
// first target is added.
func NewJournal(dir, run string, started time.Time) *Journal {
	name := fmt.Sprintf("%s-%s.journal.json", started.UTC().Format("20060102T150405Z"), run)
	return &Journal{
		file: filepath.Join(dir, name),
		data: journalData{Schema: 1, Run: run, Started: started.UTC()},
	}
}

// File is the journal's name.
func (j *Journal) File() string { return j.file }

// change applies f and writes the whole journal: to a temporary name, synced,
// renamed. The file is at every moment either the old or the new one.
func (j *Journal) change(f func(*journalData)) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	f(&j.data)
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
	_, err = w.Write(append(data, '\n'))
	if err == nil {
		err = w.Sync()
	}
	if cerr := w.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(temporary, j.file)
	}
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	return nil
}

// done removes an entry, and with the last one the file.
func (j *Journal) done(e *entry) error {
	left := 0
	err := j.change(func(d *journalData) {
		for i, other := range d.Entries {
			if other == e {
				d.Entries = append(d.Entries[:i], d.Entries[i+1:]...)
				break
			}
		}
		left = len(d.Entries)
	})
	if err != nil || left > 0 {
		return err
	}
	if err := os.Remove(j.file); err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	return nil
}
