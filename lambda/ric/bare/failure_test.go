package bare

import (
	"encoding/json"
	"strings"
	"testing"
)

// TestCut: an error that is larger than what takes it stays an error object, and
// keeps what fits.
func TestCut(t *testing.T) {
	deep := make([]Frame, maxFrames)
	for i := range deep {
		deep[i] = Frame{Path: strings.Repeat("p", 100), Line: i, Label: "F"}
	}
	for _, c := range []struct {
		name                   string
		give                   Error
		most                   int
		message, typed, frames int // what is left of each
	}{
		{"deep stack", Error{"Type", "message", deep}, maxTrailer, 7, 4, 16},
		{"long message", Error{"Type", strings.Repeat("m", 7<<20), deep[:2]}, maxObject, 7 << 19, 4, 2},
		{"message that grows", Error{"Type", strings.Repeat("\x00", 4<<20), nil}, maxObject, 1 << 20, 4, 0},
		{"long type", Error{strings.Repeat("T", 5000), "message", deep[:1]}, 2000, 7, 1250, 0},
		{"all of it", Error{strings.Repeat("T", 5000), strings.Repeat("m", 5000), deep}, maxTrailer, 1250, 1250, 0},
	} {
		got := c.give.cut(c.most)
		var object struct {
			ErrorMessage, ErrorType string
			StackTrace              []Frame
		}
		if err := json.Unmarshal(got, &object); err != nil || len(got) > c.most {
			t.Errorf("%s: %d bytes, want %d at most, %v", c.name, len(got), c.most, err)
		}
		if len(object.ErrorMessage) != c.message || len(object.ErrorType) != c.typed || len(object.StackTrace) != c.frames {
			t.Errorf("%s: %d bytes of the message, %d of the type, %d frames, want %d, %d, %d",
				c.name, len(object.ErrorMessage), len(object.ErrorType), len(object.StackTrace), c.message, c.typed, c.frames)
		}
	}
}

// TestPanicWithNoError: a nil *Error is a panic like any other.
func TestPanicWithNoError(t *testing.T) {
	_, failed := protect(func() ([]byte, error) { panic((*Error)(nil)) })
	if failed == nil || !failed.exit || failed.Type != "Error" || failed.Message != "(*bare.Error, whose own text panics)" {
		t.Errorf("%+v", failed)
	}
}
