// Package page writes what runs found as one HTML file that needs nothing else:
// no server, no network, no other file.
//
// All plots are drawn here, of counts and medians, so that the file shows them
// without a script and their size does not grow with the samples. The samples
// themselves are columns of numbers in a block of JSON that the page's only
// script shows as a table. Names, labels and errors come from elsewhere and may
// hold anything: html/template escapes them by context, what does not print is
// written as Go writes it, and a content security policy allows the page's own
// style and script by their hashes and nothing else.
//
// The same input gives the same bytes.
package page

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"strings"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
	"github.com/coldcrank/coldcrank/scripts/internal/page/plot"
	"github.com/coldcrank/coldcrank/scripts/internal/render"
	"github.com/coldcrank/coldcrank/scripts/internal/stats"
)

// Report is what a page shows.
type Report struct {
	// Groups are what the page is about, a target each, and at least one.
	Groups []Group
	// Runs are all that was read: their samples fill the table, their command
	// lines say how to repeat them.
	Runs      []*dataset.Run
	Histories []stats.History // shown where they have two points or more
	Explained []Explained
}

// Group is a target, or the two sides of a comparison.
type Group struct {
	Comparison *stats.Comparison // nil where there is nothing to compare with
	Old        *Source           // nil without Comparison
	New        *Source
}

// Source is one side with the run that it was measured in.
type Source struct {
	Run  *dataset.Run
	Side *stats.Side
}

//go:embed page.tmpl page.css page.js
var files embed.FS

var (
	style  = mustRead("page.css")
	script = mustRead("page.js")
	pages  = template.Must(template.Must(template.ParseFS(files, "page.tmpl")).Parse(plot.Template))
)

// mustRead reads an embedded file.
func mustRead(name string) string {
	text, err := files.ReadFile(name)
	if err != nil {
		panic(err) // it is part of the program
	}
	return string(text)
}

// policy allows the page's own style and script, and nothing else: no request, no
// form, no frame.
func policy() string {
	hash := func(text string) string {
		sum := sha256.Sum256([]byte(text))
		return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}
	return "default-src 'none'; script-src " + hash(script) + "; style-src " + hash(style) + "; img-src data:; base-uri 'none'; form-action 'none'"
}

// Write writes the page.
func Write(w io.Writer, r Report) error {
	var b bytes.Buffer
	err := pages.ExecuteTemplate(&b, "page.tmpl", struct {
		view
		Policy string
		Style  template.CSS
		Script template.JS
	}{viewOf(r), policy(), template.CSS(style), template.JS(script)})
	if err != nil {
		return fmt.Errorf("write page: %w", err)
	}
	if _, err := io.WriteString(w, harmless(b.String())); err != nil {
		return fmt.Errorf("write page: %w", err)
	}
	return nil
}

// harmless cleans text line by line, whatever it came from: nobody can forget it.
func harmless(text string) string {
	var b strings.Builder
	b.Grow(len(text))
	for line := range strings.Lines(text) {
		line, end := strings.CutSuffix(line, "\n")
		b.WriteString(render.Clean(line))
		if end {
			b.WriteByte('\n')
		}
	}
	return b.String()
}
