package function

import (
	"errors"
	"testing"
	"time"
)

// A version is invoked neither by its number nor by an alias before it is Active.
func TestPendingVersion(t *testing.T) {
	f := newFunction(t, nil)
	f.host.VersionPending = time.Hour
	if _, err := f.Update(Change{Description: new("new")}, ""); err != nil {
		t.Fatal(err)
	}
	updated(t, f)
	c, err := f.Publish("", "", "")
	if err != nil {
		t.Fatal(err)
	}
	if c.State != "Pending" {
		t.Errorf("State %s, want Pending", c.State)
	}
	var refused *Error
	if _, err := f.Invoke(t.Context(), c.Version, nil, ""); !errors.As(err, &refused) || refused.Code != "ResourceConflictException" {
		t.Errorf("invoked while Pending: %v", err)
	}
	f.mu.Lock()
	f.published[f.newest].pending = time.Now()
	f.mu.Unlock()
	if c, err = f.Get(c.Version); err != nil || c.State != "Active" {
		t.Errorf("State %s (%v), want Active", c.State, err)
	}
	if _, err := f.Invoke(t.Context(), c.Version, []byte("{}"), ""); err != nil {
		t.Errorf("invoked when Active: %v", err)
	}
}
