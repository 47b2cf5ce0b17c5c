package main

import (
	"context"
	"fmt"
	"net/url"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// browser is a headless Chromium with one tab, which reaches no other machine.
type browser struct {
	ctx context.Context
	axe string // source of axe-core

	mu         sync.Mutex
	complaints []string
}

// startBrowser starts Chromium, which must be installed.
func startBrowser(t *testing.T) *browser {
	t.Helper()
	if testing.Short() {
		t.Skip("starts a browser")
	}
	axe := tool(t, "COLDCRANK_E2E_AXE", "axe.min.js of npm's axe-core", "")
	program, err := exec.LookPath("chromium")
	if err != nil {
		missing(t, "%v: install Chromium", err)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(program), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("hide-scrollbars", true), chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND"))
	ctx, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	ctx, leave := chromedp.NewContext(ctx)
	t.Cleanup(leave)
	if err := chromedp.Do(ctx); err != nil { // its context lives as long as the browser
		t.Fatal(err)
	}
	b := &browser{ctx: ctx, axe: string(readFile(t, axe))}
	if err := chromedp.Listen(ctx, b.listen); err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{
		send(ctx, network.Enable, network.EnableParams{}), send(ctx, log.Enable, cdp.Empty{}), send(ctx, page.Enable, page.EnableParams{}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return b
}

// listen notes what a page must not do.
func (b *browser) listen(event any) {
	var what string
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		if u := e.Request.URL; !strings.HasPrefix(u, "file:") && !strings.HasPrefix(u, "data:") {
			what = "request of " + u
		}
	case *runtime.EventConsoleAPICalled:
		what = fmt.Sprintf("console.%s", e.Type)
	case *runtime.EventExceptionThrown:
		what = "exception: " + e.ExceptionDetails.Text
	case *log.EventEntryAdded:
		what = fmt.Sprintf("%s of %s: %s", e.Entry.Level, e.Entry.Source, e.Entry.Text)
	case *page.EventJavascriptDialogOpening:
		what = "dialog: " + e.Message
		go func() { // not in the loop that reads the answer
			send(b.ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{}) // an error leaves the dialog, and the test ends by its limit
		}()
	default:
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if what != "" {
		b.complaints = append(b.complaints, what)
	}
}

// complained returns what was noted since the last call.
func (b *browser) complained() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	c := b.complaints
	b.complaints = nil
	return c
}

// open opens a file and returns how long it took until what it shows stood on the
// screen.
func (b *browser) open(t *testing.T, file string) time.Duration {
	t.Helper()
	start := time.Now()
	b.do(t, chromedp.Navigate(fileURL(t, file)))
	eval[bool](t, b, `new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))`)
	return time.Since(start)
}

func fileURL(t *testing.T, file string) string {
	t.Helper()
	abs, err := filepath.Abs(file)
	if err != nil {
		t.Fatal(err)
	}
	return (&url.URL{Scheme: "file", Path: filepath.ToSlash(abs)}).String()
}

// viewing is how somebody looks at a page.
type viewing struct {
	name          string
	width, height int64
	dark          bool
}

var viewings = []viewing{{"light", 1280, 860, false}, {"dark", 1280, 860, true}, {"phone", 360, 780, false}}

// look looks so from now on.
func (b *browser) look(t *testing.T, v viewing) {
	t.Helper()
	scheme := "light"
	if v.dark {
		scheme = "dark"
	}
	b.do(t, chromedp.EmulateViewport(v.width, v.height))
	if err := send(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}); err != nil {
		t.Fatal(err)
	}
}

// check reports what axe-core finds, whether the page is wider than the screen, and
// all that the page must not do.
func (b *browser) check(t *testing.T, v viewing) {
	t.Helper()
	eval[chromedp.Void](t, b, b.axe)
	for _, violation := range eval[[]string](t, b, `axe.run().then(r => r.violations.map(v => v.id + ': ' + v.help + ': ' + v.nodes.slice(0, 3).map(n => n.target + ' ' + n.failureSummary).join(' | ')))`) {
		t.Errorf("%s: axe: %s", v.name, violation)
	}
	if wide := eval[int64](t, b, `document.documentElement.scrollWidth`); wide > v.width {
		t.Errorf("%s: %d pixels wide on a screen of %d", v.name, wide, v.width)
	}
	for _, c := range b.complained() {
		t.Errorf("%s: %s", v.name, c)
	}
}

// send sends a command that answers nothing of interest.
func send[P, R any](ctx context.Context, command cdp.Command[P, R], p P) error {
	ctx, cancel := context.WithTimeout(ctx, browserLimit)
	defer cancel()
	_, err := chromedp.Call(ctx, command, p)
	return err
}

// do runs steps, each within a limit.
func (b *browser) do(t *testing.T, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, browserLimit)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		t.Fatal(err)
	}
}

// browserLimit bounds a page that hangs.
const browserLimit = 30 * time.Second

// eval is what an expression of JavaScript gives; promises are waited for. The
// page's policy does not bind it.
func eval[T any](t *testing.T, b *browser, expression string) T {
	t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, browserLimit)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatalf("%.80s: %v", expression, err)
	}
	return v
}
