package budget

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for _, tc := range []struct {
		text string
		want []Limit
	}{
		{"pages=320,zip=2300kB,packages=90", []Limit{{Pages, 320}, {Zip, 2_300_000}, {Packages, 90}}},
		{"zip=2.3MB", []Limit{{Zip, 2_300_000}}},
		{" packages=1 , zip=2200KiB ", []Limit{{Packages, 1}, {Zip, 2_252_800}}},
		{"zip=1.5MiB", []Limit{{Zip, 1_572_864}}},
		{"zip=12 B", []Limit{{Zip, 12}}},
	} {
		if got, err := Parse(tc.text); !reflect.DeepEqual(got, tc.want) || err != nil {
			t.Errorf("%q: %v, %v, want %v", tc.text, got, err, tc.want)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"":                             "is empty: limit something, such as pages=320",
		" ":                            "is empty",
		"pages":                        `"pages" is not of the form key=most, such as pages=320`,
		"pages=1,":                     `"" is not of the form`,
		"page=1":                       `"page" is not in a budget: pages, zip and packages are`,
		"=1":                           `"" is not in a budget`,
		"pages=":                       "pages=: the most is a whole number above 0",
		"pages=0":                      "pages=0: the most is",
		"pages=-1":                     "above 0",
		"pages=+1":                     "above 0",
		"pages=1.5":                    "whole number",
		"pages=320kB":                  "whole number",
		"pages=1=2":                    "pages=1=2: the most is",
		"packages=9999999999999999999": "whole number",
		"zip=2300":                     "zip=2300: a size is a number above 0 with a unit, as 2300kB",
		"zip=2300KB":                   "with a unit",
		"zip=kB":                       "with a unit",
		"zip=0MB":                      "above 0",
		"zip=0.1B":                     "above 0",
		"zip=-1MB":                     "above 0",
		"zip=1e3B":                     "a number",
		"zip=infB":                     "a number",
		"zip=0x1p4B":                   "a number",
		"zip=99999999999999999999MB":   "a number",
		"zip=1MB,zip=2MB":              "zip is limited twice",
	} {
		if got, err := Parse(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, %v, want an error with %s", text, got, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{"pages=320,zip=2300kB,packages=90", "zip=1.5MiB", "zip=1MB,zip=2MB", "pages=,"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		limits, err := Parse(text)
		if (err == nil) != (len(limits) > 0) {
			t.Fatalf("%v, %v", limits, err)
		}
		var plain []string
		for _, l := range limits {
			if l.Most <= 0 {
				t.Errorf("%v", l)
			}
			unit := ""
			if l.Key == Zip {
				unit = "B"
			}
			plain = append(plain, fmt.Sprintf("%s=%d%s", l.Key, l.Most, unit))
		}
		if err != nil {
			return
		}
		if again, err := Parse(strings.Join(plain, ",")); err != nil || len(again) != len(limits) || again[0].Key != limits[0].Key {
			t.Errorf("%v again: %v, %v", limits, again, err)
		}
	})
}
