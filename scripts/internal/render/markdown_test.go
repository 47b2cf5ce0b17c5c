package render

import (
	"html"
	"regexp"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
	"github.com/coldcrank/coldcrank/scripts/internal/example"
)

func TestMarkdown(t *testing.T) {
	for name, run := range map[string]*dataset.Run{"aws": example.OnAWS(), "troubled": example.Troubled(), "hostile": example.Hostile(), "load": example.Loaded()} {
		var b strings.Builder
		if err := Markdown(&b, run, true); err != nil {
			t.Fatal(err)
		}
		example.Golden(t, name+".md", b.String())
		example.Harmless(t, name, strings.ReplaceAll(b.String(), apart, ""))
	}
}

// TestEscapeMarkdown reads what is escaped by another's parser, decodes it, and looks
// where GitHub does, in the text that is left, for what it would link.
func TestEscapeMarkdown(t *testing.T) {
	linked := regexp.MustCompile(`@\w|#\w|(?i:\bgh-\d|www\.|://)`)
	for _, text := range []string{
		"@octocat", "a@octocat.example", "@org/team", "#1", "owner/repo#1", "GH-1 gh-2", "www.example.org WWW.example.org", "https://example.org",
		"&#64;octocat", "&#x40;octocat", "&#X00040;octocat", "&#0000064;octocat", "&commat;octocat", "&num;1", "&amp;#64;octocat", "\\@octocat", "\\&#64;octocat",
		"mailto:a@example.org xmpp:a@example.org", "<b>@</b>octocat", "<!-- -->@octocat", "@@octocat", "# heading", "| a | b",
	} {
		var b strings.Builder
		escaped := EscapeMarkdown(text)
		if err := goldmark.New(goldmark.WithExtensions(extension.GFM)).Convert([]byte(escaped), &b); err != nil {
			t.Fatal(err)
		}
		source := strings.TrimSpace(b.String())
		shown := html.UnescapeString(strings.TrimSuffix(strings.TrimPrefix(source, "<p>"), "</p>"))
		if found := linked.FindString(shown); found != "" {
			t.Errorf("%q: GitHub finds %q in %q", text, found, shown)
		}
		if strings.ReplaceAll(shown, apart, "") != text {
			t.Errorf("%q is shown as %q, of %q", text, shown, source)
		}
	}
}
