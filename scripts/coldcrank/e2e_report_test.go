//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// TestReport opens pages of the real command in a real browser. With -update it
// measures anew and writes the screenshots of docs/report.md.
func TestReport(t *testing.T) {
	b := startBrowser(t)
	setup(t)

	t.Run("the browser tells", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "bad.html")
		bad := `<!DOCTYPE html><html lang=en><title>t</title><meta http-equiv=Content-Security-Policy content="default-src 'none'; script-src 'sha256-Fp6CNdIYIUL3VvQA0cZI8lJIVrJ1uU9HzdgBHZmVVWM='; img-src http:"><body><img src="http://192.0.2.1/x"><script>alert(1)</script>`
		if err := os.WriteFile(file, []byte(bad), 0o644); err != nil {
			t.Fatal(err)
		}
		b.open(t, file)
		said := strings.Join(b.complained(), "\n")
		for _, want := range []string{"request of http://192.0.2.1/x", "security"} {
			if !strings.Contains(said, want) {
				t.Errorf("no %q in %s", want, said)
			}
		}
		if v := eval[[]string](t, b, b.axe+`; axe.run().then(r => r.violations.map(v => v.id))`); !slices.Contains(v, "image-alt") {
			t.Errorf("axe found %v", v)
		}
		if err := os.WriteFile(file, []byte(`<script>alert('hello')</script>`), 0o644); err != nil {
			t.Fatal(err)
		}
		b.open(t, file)
		if said := b.complained(); !slices.Contains(said, "dialog: hello") {
			t.Errorf("it said %q", said)
		}
	})

	t.Run("measured here", func(t *testing.T) {
		file := one(t, filepath.Join(shared.results, "*.jsonl"))
		if *update {
			file = slower(t)
		}
		out := filepath.Join(t.TempDir(), "report.html")
		must(t, run(t, shared.app, nil, shared.command, "report", file, "-o", out))
		for _, v := range viewings {
			b.look(t, v)
			b.open(t, out)
			if *update {
				picture(t, b, v)
			}
			b.check(t, v)
		}
		if err := send(b.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
			t.Fatal(err)
		}
		b.do(t, chromedp.Navigate(fileURL(t, out)))
		if text := text(t, b, "body"); !strings.Contains(text, "This table is the only part of the page that needs JavaScript") || !strings.Contains(text, "Method and limits") {
			t.Errorf("without scripts the page says\n%s", text)
		}
		if err := send(b.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{}); err != nil {
			t.Fatal(err)
		}
	})

	t.Run("keyboard", func(t *testing.T) {
		out := reportOn(t, 100)
		b.look(t, viewings[0])
		b.open(t, out)
		b.do(t, chromedp.KeyEvent("\t"))
		if at := eval[string](t, b, `document.activeElement.textContent`); at != "Skip to the results" {
			t.Errorf("the first tab stop is %q", at)
		}
		// From the start of the page, by Tab alone, to the heading of a column.
		for range 40 {
			b.do(t, chromedp.KeyEvent("\t"))
			if eval[bool](t, b, `document.activeElement.textContent.startsWith('init')`) {
				break
			}
		}
		for _, want := range []string{"ascending", "descending"} {
			b.do(t, chromedp.KeyEvent("\r"))
			column := eval[[]float64](t, b, `(() => { const n = [...document.querySelectorAll('#heads th')].findIndex(h => h.textContent.startsWith('init'));
				return [...document.querySelectorAll('#rows tr')].map(r => r.children[n].textContent).filter(s => s !== '–').map(Number) })()`)
			sorted := slices.IsSorted(column)
			if want == "descending" {
				slices.Reverse(column)
				sorted = slices.IsSorted(column)
			}
			if got := eval[string](t, b, `document.activeElement.parentNode.getAttribute('aria-sort')`); got != want || !sorted || len(column) < 20 {
				t.Errorf("aria-sort %q and %v, want %s", got, column, want)
			}
		}
		if outline := eval[string](t, b, `getComputedStyle(document.activeElement).outlineStyle`); outline != "solid" {
			t.Errorf("the focus is %q", outline)
		}
		status := text(t, b, "#status")
		eval[chromedp.Void](t, b, `(() => { const s = [...document.querySelectorAll('#filters select')].find(s => s.parentNode.textContent.startsWith('outcome'));
			s.selectedIndex = [...s.options].findIndex(o => o.text === 'cold'); s.dispatchEvent(new Event('change')) })()`)
		if filtered := text(t, b, "#status"); !strings.HasPrefix(status, "100 of 100 samples, sorted by init") || !strings.HasPrefix(filtered, "40 of 100 samples") {
			t.Errorf("%q, and with a filter %q", status, filtered)
		}
		for _, c := range b.complained() {
			t.Error(c)
		}
	})

	t.Run("hostile", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "hostile.jsonl")
		writeHostile(t, file)
		out := filepath.Join(t.TempDir(), "report.html")
		must(t, run(t, t.TempDir(), nil, shared.command, "report", file, "-o", out))
		for _, v := range viewings {
			b.look(t, v)
			b.open(t, out)
			b.check(t, v)
			if n := eval[int64](t, b, `document.scripts.length + document.images.length + document.links.length + 100 * (globalThis.pwned ?? 0)`); n != 5 {
				t.Errorf("%s: %d scripts, images, links, want 2 scripts, the link that skips, and one to each target", v.name, n)
			}
		}
		// It is all there, as text, and marks of direction are written out.
		for _, want := range []string{"<script>pwned=1</script>", `"><img src=x onerror=alert(1)>`, "javascript:alert(1)", `\u202e`, "characters)"} {
			if !strings.Contains(text(t, b, "main"), want) {
				t.Errorf("%q is not shown", want)
			}
		}
	})

	t.Run("several", func(t *testing.T) {
		dir := t.TempDir()
		out := filepath.Join(dir, "report.html")
		old, new := store(t, dir, measuredRun(1, "aa", 18*time.Millisecond)), store(t, dir, measuredRun(2, "bb", 25*time.Millisecond))
		must(t, run(t, dir, nil, shared.command, "report", old, new, "-o", out))
		for _, v := range []viewing{viewings[0], {"several", 500, 860, false}, viewings[2]} {
			b.look(t, v)
			b.open(t, out)
			b.check(t, v)
			if title, verdict := text(t, b, "h1"), text(t, b, ".headline"); title != "2 targets: slower" || verdict != "▲ Slower" {
				t.Errorf("%s: %q, %q", v.name, title, verdict)
			}
			// What decides is seen without scrolling: the verdict in the first screen, and
			// that of each measure beside its name.
			below := eval[float64](t, b, `document.querySelector('.overview').getBoundingClientRect().bottom`)
			beyond := eval[[]float64](t, b, `[...document.querySelectorAll('.changes :is(th, td)')].map(e => e.getBoundingClientRect().left + e.scrollWidth).filter(x => x > innerWidth)`)
			empty := eval[int64](t, b, `[...document.querySelectorAll('.changes .verdict .symbol')].filter(e => !e.textContent).length`)
			if below > float64(v.height) || len(beyond) > 0 || empty > 0 {
				t.Errorf("%s: the overview ends at %.0f, cells beyond the edge at %v, %d verdicts without a symbol", v.name, below, beyond, empty)
			}
		}
		b.look(t, viewings[0])
		if err := send(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"}); err != nil {
			t.Fatal(err)
		}
		if got := eval[string](t, b, `getComputedStyle(document.querySelector('section:has(> .scroll > .changes)')).breakInside`); got != "avoid" {
			t.Errorf("printed, what changed may break over pages: %q", got)
		}
		if err := send(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{}); err != nil {
			t.Fatal(err)
		}
	})

	t.Run("size and time", func(t *testing.T) {
		b.look(t, viewings[0])
		for _, n := range []int{100, 100_000} {
			out := reportOn(t, n)
			info, err := os.Stat(out)
			if err != nil {
				t.Fatal(err)
			}
			var times []time.Duration
			for range 5 {
				times = append(times, b.open(t, out))
			}
			slices.Sort(times)
			nodes := eval[int64](t, b, `document.querySelectorAll('*').length`)
			sorting := eval[float64](t, b, `(() => { const start = performance.now(); [...document.querySelectorAll('#heads button')].find(b => b.textContent === 'client').click(); return performance.now() - start })()`)
			t.Logf("%d samples: %d bytes, %d elements, opened in %d ms of the 2000 that are wanted (median of %v), sorted in %.0f ms", n, info.Size(), nodes, times[2].Milliseconds(), times, sorting)
			if rows := eval[int64](t, b, `document.querySelectorAll('#rows tr').length`); rows != 50 || !strings.HasPrefix(text(t, b, "#status"), grouped(n)+" of "+grouped(n)) {
				t.Errorf("%d rows, %s", rows, text(t, b, "#status"))
			}
			if times[2] > 5*time.Second || sorting > 5_000 || nodes > 5000 {
				t.Errorf("opened in %s, sorted in %.0f ms, %d elements", times[2], sorting, nodes)
			}
		}
		b.check(t, viewings[0])
	})
}

func grouped(n int) string { return strings.ReplaceAll(fmt.Sprintf("%d", n), "100000", "100,000") }

// text is what an element shows.
func text(t *testing.T, b *browser, selector string) string {
	t.Helper()
	return eval[string](t, b, `document.querySelector(`+fmt.Sprintf("%q", selector)+`).innerText`)
}

// reportOn makes the page of two runs with n samples together, and returns its path.
func reportOn(t *testing.T, n int) string {
	t.Helper()
	dir := t.TempDir()
	old, new, out := filepath.Join(dir, "old.jsonl"), filepath.Join(dir, "new.jsonl"), filepath.Join(dir, "report.html")
	writeSamples(t, old, "01d0aaaaaaaa", n/2, 1)
	writeSamples(t, new, "5a3eaaaaaaaa", n/2, 1.1)
	must(t, run(t, dir, nil, shared.command, "report", old, new, "-o", out))
	return out
}

// slower measures this repository's app against itself with work added to init.
func slower(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "app")
	if err := os.CopyFS(dir, os.DirFS(shared.app)); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "lambda", "health", "main.go")
	slow := append(readFile(t, file), "\nvar work = func() (n int) {\n\tfor i := range 1_000_000 {\n\t\tn += i * i % 7\n\t}\n\treturn n\n}()\n"...)
	if err := os.WriteFile(file, slow, 0o644); err != nil {
		t.Fatal(err)
	}
	results := filepath.Join(dir, "results", "report")
	run(t, dir, nil, shared.command, "run", "--against", "HEAD", "--results", results) // whatever its verdict
	return one(t, filepath.Join(results, "*.jsonl"))
}

// picture writes the first screen for the documentation.
func picture(t *testing.T, b *browser, v viewing) {
	t.Helper()
	png, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join("..", "..", "docs", "report-"+v.name+".png"), png, 0o644); err != nil {
		t.Fatal(err)
	}
}

// writeHostile writes a run of two sides and a third target, in which everything that others choose
// wants to be more than text.
func writeHostile(t *testing.T, name string) {
	t.Helper()
	bad := "<script>pwned=1</script>"
	long := strings.Repeat("x", 10_000)
	target := func(key, against string) map[string]any {
		return map[string]any{
			"target": key, "stack": `"><img src=x onerror=alert(1)>`, "name": bad, "against": against, "deployment_id": "'-alert(1)-'", "function": bad,
			"region": "\u202eevil", "url": "javascript:alert(1)", "method": "GET\x00", "memory_mb": 128, "architecture": "</title><script>alert(1)</script>",
			"go_version": "{{.}}<!--", "commit": "--></style><script>pwned=1</script>",
		}
	}
	header := map[string]any{
		"schema": 1, "tool": "coldcrank <b>", "run": "<i>a</i>", "started": "2026-11-21T12:00:00Z", "executor": "aws", "burst": 5, "rounds": 8, "warm": 0,
		"command": []string{"coldcrank", "run", "--label=a='</code>" + bad + "'"},
		"labels":  map[string]string{"a": bad, "b": `"><img src=x onerror=alert(1)>`, "c": "javascript:alert(1)", "d": "\u202e\u0000\u2028\x7f", "e": long, bad: "x"},
		"targets": []any{target("Old</script>"+bad, ""), target("New "+bad+long, "Old</script>"+bad), target(bad+"alone", "")},
	}
	var lines bytes.Buffer
	write := json.NewEncoder(&lines)
	write.SetEscapeHTML(false)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(write.Encode(map[string]any{"header": header}))
	for i := range 80 {
		sample := map[string]any{
			"target": "Old</script>" + bad, "round": i/10 + 1, "phase": "burst", "index": i % 10, "outcome": "cold", "scheduled_ns": 0,
			"sent_ns": 0, "done_ns": 30_000_000 + i, "status": 200, "init_ns": 20_000_000 + 1000*i, "duration_ns": 1_000_000, "integration_latency_ms": 25, "response_latency_ms": 27,
		}
		switch {
		case i%20 == 19:
			sample["target"] = bad + "alone"
		case i%2 == 0:
			sample["target"] = "New " + bad + long
		}
		if i%10 > 7 {
			sample["outcome"], sample["error_class"], sample["error"] = "failed", bad, "</script><script>pwned=1</script>\u202e<!--<script>"+fmt.Sprint(i)+long
			sample["status"] = 500 + i
		}
		must(write.Encode(map[string]any{"sample": sample}))
	}
	must(write.Encode(map[string]any{"end": map[string]any{"finished": "2026-11-21T12:01:00Z", "restored": true, "rounds_done": 8}}))
	must(os.WriteFile(name, lines.Bytes(), 0o644))
}
