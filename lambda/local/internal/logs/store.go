package logs

import (
	"cmp"
	"encoding/hex"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"sync"
	"time"
)

// The limits of a page, from the FilterLogEvents reference: 10,000 events and
// as many as fit into 1 MB.
const (
	maxPageEvents = 10_000
	maxPageBytes  = 1 << 20
)

// Store holds log groups. Its methods may be called from several goroutines.
type Store struct {
	// Delay is how long after Put an event is found, and EmptyPages has Filter
	// answer each page once without events. Both are set before the first call.
	Delay      time.Duration
	EmptyPages bool

	mu     sync.Mutex
	seq    int64
	groups map[string]*group

	tails []*Tail
}

type group struct {
	Group
	events []Event // by ID, which is the order of Time and then of Put
}

// New returns a store without groups.
func New() *Store { return &Store{groups: make(map[string]*group)} }

// CreateGroup makes a group. A group that exists stays as it is.
func (s *Store) CreateGroup(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.groups[name] == nil {
		s.groups[name] = &group{Group: Group{Name: name, Created: time.Now().Truncate(time.Millisecond), Class: "STANDARD"}}
	}
}

// Groups returns the groups whose names start with prefix, sorted by name.
func (s *Store) Groups(prefix string) []Group {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []Group
	for name, g := range s.groups {
		if strings.HasPrefix(name, prefix) {
			list = append(list, g.Group)
		}
	}
	slices.SortFunc(list, func(a, b Group) int { return cmp.Compare(a.Name, b.Name) })
	return list
}

// Put adds events at time t to a stream, which it makes if there is none, in
// the order given. It returns ErrNoGroup when the group does not exist.
func (s *Store) Put(group, stream string, t time.Time, messages ...string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.groups[group]
	if g == nil {
		return fmt.Errorf("%w: %s", ErrNoGroup, group)
	}
	t = t.Truncate(time.Millisecond)
	now := time.Now().Truncate(time.Millisecond)
	for _, m := range messages {
		s.seq++
		e := Event{ID: eventID(t, s.seq), Stream: stream, Time: t, Ingestion: now, Message: m}
		for _, l := range s.tails {
			l.add(group, e)
		}
		if n := len(g.events); n == 0 || g.events[n-1].ID < e.ID {
			g.events = append(g.events, e)
			continue
		}
		// Environments write at the same time, so that an event is at most a
		// few places early: the insertion moves little.
		g.events = slices.Insert(g.events, g.after(e.ID), e)
	}
	return nil
}

// eventID makes an ID that sorts, as a string, by time and then by order of Put.
func eventID(t time.Time, seq int64) string {
	return fmt.Sprintf("%020d%036d", max(t.UnixMilli(), 0), seq)
}

// after returns the place of the first event whose ID is greater than id.
func (g *group) after(id string) int {
	i, found := slices.BinarySearchFunc(g.events, id, func(e Event, id string) int { return cmp.Compare(e.ID, id) })
	if found {
		i++
	}
	return i
}

// Filter returns the events of q in the order of their time (and of Put within
// a millisecond), at most q.Limit events and 1 MB of messages. next is the
// token of the following page, empty after the last. A page starts behind the
// last event of the page before, so that events that arrive in between neither
// repeat nor shift what was given; one that arrives with an earlier time is
// found by asking again, as on AWS.
// Errors: ErrNoGroup, ErrPattern, ErrToken.
func (s *Store) Filter(q Query) (events []Event, next string, err error) {
	match, err := compile(q.Pattern)
	if err != nil {
		return nil, "", err
	}
	if token, given := strings.CutPrefix(q.Token, emptyToken); given {
		q.Token = token
	} else if s.EmptyPages && s.has(q.Group) {
		return nil, emptyToken + q.Token, nil
	}
	limit := q.Limit
	if limit <= 0 || limit > maxPageEvents {
		limit = maxPageEvents
	}
	s.mu.Lock()
	g := s.groups[q.Group]
	if g == nil {
		s.mu.Unlock()
		return nil, "", fmt.Errorf("%w: %s", ErrNoGroup, q.Group)
	}
	from, to := 0, len(g.events)
	if !q.Start.IsZero() {
		from = g.after(eventID(q.Start, 0))
	}
	if !q.End.IsZero() {
		to = g.after(eventID(q.End.Add(time.Millisecond), 0))
	}
	if q.Token != "" {
		id, key, _ := strings.Cut(q.Token, "/")
		if key != q.key() {
			s.mu.Unlock()
			return nil, "", fmt.Errorf("%w: %s", ErrToken, q.Token)
		}
		from = max(from, g.after(id))
	}
	// Matching goes on outside the lock: messages are immutable, and a slow
	// pattern over a long log must not hold up environments that write.
	var candidates []Event
	if from < to {
		candidates = slices.Clone(g.events[from:to])
	}
	s.mu.Unlock()

	found := time.Now().Add(-s.Delay)
	size := 0
	for _, e := range candidates {
		if s.Delay > 0 && e.Ingestion.After(found) {
			continue
		}
		if !strings.HasPrefix(e.Stream, q.StreamPrefix) || len(q.Streams) > 0 && !slices.Contains(q.Streams, e.Stream) || !match(e.Message) {
			continue
		}
		size += len(e.Message)
		if len(events) == limit || len(events) > 0 && size > maxPageBytes {
			return events, events[len(events)-1].ID + "/" + q.key(), nil
		}
		events = append(events, e)
	}
	return events, "", nil
}

// emptyToken begins the token of an empty page.
const emptyToken = "empty:"

func (s *Store) has(group string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.groups[group] != nil
}

// key ties a token to the query that it continues.
func (q Query) key() string {
	h := fnv.New64a()
	fmt.Fprintf(h, "%q %d %d %q %q %q", q.Group, q.Start.UnixMilli(), q.End.UnixMilli(), q.StreamPrefix, q.Streams, q.Pattern)
	return hex.EncodeToString(h.Sum(nil))
}
