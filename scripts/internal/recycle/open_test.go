package recycle

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
)

const goodJournal = `{"schema":1,"run":"r1","started":"2026-11-22T10:15:00Z","targets":[{
	"target":"Shop/Orders","region":"eu-west-1","endpoint":"http://127.0.0.1:4566","function":"orders","alias":"bench",
	"function_arn":"arn:aws:lambda:eu-west-1:123456789012:function:orders",
	"before":{"description":"orders","alias_version":"3","alias_description":"","alias_weights":{"2":0.25}},"created":["4","5"]}]}`

// hostile are journals that no run has written: one change each to a good one.
var hostile = []struct{ name, old, new string }{
	{"not JSON", `{"schema"`, `"schema"`},
	{"torn", `"created":["4","5"]}]}`, `"created":["4`},
	{"two values", `]}]}`, `]}]}{}`},
	{"newer schema", `"schema":1`, `"schema":2`},
	{"no run", `"r1"`, `""`},
	{"run of several words", `"r1"`, `"r1 version"`},
	{"no target", `"targets":[`, `"targets":[],"others":[`},
	{"null for a target", `"targets":[`, `"targets":[null,`},
	{"one name", `Shop/Orders`, `Orders`},
	{"three names", `Shop/Orders`, `Shop/Orders/7`},
	{"control characters", `Shop/Orders`, `Shop/\u001b[2J`},
	{"another host in the Region", `"eu-west-1"`, `"eu-west-1.example.com/"`},
	{"no Region", `"eu-west-1"`, `""`},
	{"no function", `"orders","alias"`, `"","alias"`},
	{"qualifier in the function", `"orders","alias"`, `"orders:prod","alias"`},
	{"another account's function", `"orders","alias"`, `"arn:aws:lambda:eu-west-1:123456789012:function:orders","alias"`},
	{"path in the function", `"orders","alias"`, `"../layers","alias"`},
	{"ARN of something else", `"arn:aws`, `"x`},
	{"number for an alias", `"bench"`, `"12"`},
	{"$LATEST for an alias", `"bench"`, `"$LATEST"`},
	{"endpoint elsewhere", `http://127.0.0.1:4566`, `http://169.254.169.254:80`},
	{"endpoint with a name", `http://127.0.0.1:4566`, `http://localhost.example.com:80`},
	{"endpoint with a user", `http://127.0.0.1:4566`, `http://u@127.0.0.1:4566`},
	{"endpoint of another kind", `http://127.0.0.1:4566`, `file://localhost:1/etc`},
	{"alias version", `"alias_version":"3"`, `"alias_version":"prod"`},
	{"no alias version", `"alias_version":"3",`, ``},
	{"weight of $LATEST", `{"2":0.25}`, `{"$LATEST":0.25}`},
	{"weight above one", `{"2":0.25}`, `{"2":1.25}`},
	{"weight below zero", `{"2":0.25}`, `{"2":-0.25}`},
	{"weight that is none", `{"2":0.25}`, `{"2":"all"}`},
	{"long description", `"description":"orders"`, `"description":"` + strings.Repeat("x", 257) + `"`},
	{"a run's mark as the original", `"description":"orders"`, `"description":"coldcrank r0 round 2"`},
	{"$LATEST among the versions made", `["4","5"]`, `["4","$LATEST"]`},
	{"alias among the versions made", `["4","5"]`, `["prod"]`},
	{"version zero", `["4","5"]`, `["0"]`},
	{"signed version", `["4","5"]`, `["-4"]`},
	{"too long", `"schema"`, `"padding":"` + strings.Repeat("x", journalLimit) + `","schema"`},
}

func TestOpenJournal(t *testing.T) {
	file := filepath.Join(t.TempDir(), "j"+journalExt)
	write := func(content string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(goodJournal)
	j, err := OpenJournal(file)
	if err != nil {
		t.Fatal(err)
	}
	all := j.Unfinished()
	if j.Run() != "r1" || j.Started().Day() != 22 || len(all) != 1 {
		t.Fatalf("run %q of %s, targets %v", j.Run(), j.Started(), all)
	}
	if u := all[0]; u.String() != "Shop/Orders" || u.Stack != "Shop" || u.Name != "Orders" || u.Region != "eu-west-1" ||
		u.FunctionName != "orders" || u.Alias != "bench" || u.Endpoint != "http://127.0.0.1:4566" {
		t.Errorf("target %+v", u)
	}
	if _, err := OpenJournal(file); !errors.Is(err, ErrRunning) {
		t.Errorf("opened twice: %v, want ErrRunning", err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}

	write(strings.Replace(goodJournal, "Shop/Orders", "Shop/Orders@origin/main", 1))
	if j, err := OpenJournal(file); err != nil || j.Unfinished()[0].String() != "Shop/Orders@origin/main" {
		t.Errorf("a base: %v", err)
	} else if err := j.Close(); err != nil {
		t.Fatal(err)
	}

	for _, test := range hostile {
		t.Run(test.name, func(t *testing.T) {
			content := strings.Replace(goodJournal, test.old, test.new, 1)
			if content == goodJournal {
				t.Fatal("nothing is hostile")
			}
			write(content)
			j, err := OpenJournal(file)
			var bad *JournalError
			if !errors.As(err, &bad) || bad.File != file {
				t.Errorf("got %v, %v; want a JournalError", j, err)
			}
		})
	}
	entry := goodJournal[strings.Index(goodJournal, "[{")+1 : len(goodJournal)-2]
	write(strings.Replace(goodJournal, `"targets":[`, `"targets":[`+entry+`,`, 1))
	if _, err := OpenJournal(file); err == nil || !strings.Contains(err.Error(), "twice") {
		t.Errorf("a target twice: %v", err)
	}

	if _, err := OpenJournal(filepath.Join(t.TempDir(), "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	pipe := filepath.Join(t.TempDir(), "pipe"+journalExt)
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenJournal(pipe); err == nil { // and does not wait for a writer
		t.Error("a pipe was opened")
	}
}

// FuzzJournal reads what anybody may have written. What is accepted is what a
// run could have written: it names nothing but numbers to delete, and reading
// it again gives the same.
func FuzzJournal(f *testing.F) {
	f.Add([]byte(goodJournal))
	for _, h := range hostile {
		if len(h.new) < 1000 {
			f.Add([]byte(strings.Replace(goodJournal, h.old, h.new, 1)))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var d journalData
		if err := d.parse(data); err != nil {
			if !reflect.DeepEqual(d, journalData{}) {
				t.Errorf("%v, and yet %+v", err, d)
			}
			return
		}
		for _, e := range d.Entries {
			for _, v := range e.Created {
				if strings.Trim(v, "0123456789") != "" {
					t.Errorf("version %q", v)
				}
			}
			if strings.ContainsAny(e.Region, "./@:#?") || strings.ContainsAny(e.Function, ":/.$") {
				t.Errorf("Region %q, function %q", e.Region, e.Function)
			}
		}
		again, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		var second journalData
		if err := second.parse(again); err != nil {
			t.Fatalf("written again it is refused: %v", err)
		}
		third, err := json.Marshal(second)
		if err != nil || !bytes.Equal(again, third) {
			t.Errorf("%s\nread and written again:\n%s (%v)", again, third, err)
		}
	})
}

func TestJournals(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"b.journal.json", "a.journal.json", "c.journal.json.new", "a.jsonl", "d.jsonl.partial"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := Journals(dir)
	if want := []string{filepath.Join(dir, "a.journal.json"), filepath.Join(dir, "b.journal.json")}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
	if got, err := Journals(filepath.Join(dir, "none")); err != nil || got != nil {
		t.Errorf("no folder: %v, %v", got, err)
	}
	if _, err := Journals(filepath.Join(dir, "a.jsonl")); err == nil {
		t.Error("a file is no folder")
	}
}

// TestLocked is restore while the run goes on: refused before, between and
// after changes of the journal, until the run's process ends.
func TestLocked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, j := newPlane(t), newJournal(t)
		r := begin(t, p, j)
		for range 3 {
			if _, err := OpenJournal(j.File()); !errors.Is(err, ErrRunning) {
				t.Errorf("got %v, want ErrRunning", err)
			}
			recycleN(t, r, 1)
		}
		if err := j.Close(); err != nil { // as the system does
			t.Fatal(err)
		}
		left, err := OpenJournal(j.File())
		if err != nil {
			t.Fatal(err)
		}
		defer left.Close()
		if _, err := OpenJournal(j.File()); !errors.Is(err, ErrRunning) {
			t.Errorf("put back twice at once: %v, want ErrRunning", err)
		}
	})
}

// TestDiskFull has a device that is always full in the place of the file that
// the journal is written to.
func TestDiskFull(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip(err)
	}
	full := func(t *testing.T, j *Journal) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(j.File()), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink("/dev/full", j.File()+".new"); err != nil {
			t.Fatal(err)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		p, j := newPlane(t), newJournal(t)
		full(t, j)
		if _, err := Begin(t.Context(), p.target(), j); !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("begin: %v, want no space left", err)
		}
		if c := p.changes(); len(c) > 0 {
			t.Errorf("changes without a journal: %q", c)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		p, j := newPlane(t), newJournal(t)
		before := p.state()
		r := begin(t, p, j)
		recycleN(t, r, 1)
		full(t, j)
		if _, err := r.Recycle(t.Context()); !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("second round: %v, want no space left", err)
		}
		if err := r.Restore(t.Context()); err != nil || p.state() != before || exists(t, j) {
			t.Errorf("restore: %v, journal %v, left:\n%s\nwant:\n%s", err, exists(t, j), p.state(), before)
		}
	})
	t.Run("unwritable", func(t *testing.T) {
		p := newPlane(t)
		file := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		j := NewJournal(filepath.Join(file, "results"), "r1", day)
		if _, err := Begin(t.Context(), p.target(), j); !errors.Is(err, syscall.ENOTDIR) {
			t.Errorf("begin: %v, want not a directory", err)
		}
		if c := p.changes(); len(c) > 0 {
			t.Errorf("changes without a journal: %q", c)
		}
	})
}
