package dataset

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"testing"
)

const childDir = "COLDCRANK_TEST_DATASET_DIR" // set in the process that is killed

const killBurst = 50

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		fmt.Fprintln(os.Stderr, writeForever(dir))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// writeForever does what a run does, and names each round that is on disk.
func writeForever(dir string) error {
	w, err := Create(dir, header("ab12"))
	if err != nil {
		return err
	}
	for round := 1; ; round++ {
		for _, o := range []Outcome{LogMissing, Cold} {
			for i := range killBurst {
				if err := w.Write(sample(round, i, o)); err != nil {
					return err
				}
			}
		}
		if err := w.Sync(); err != nil {
			return err
		}
		if _, err := fmt.Println(round); err != nil {
			return err
		}
	}
}

func TestKilled(t *testing.T) {
	for _, rounds := range []int{0, 1, 7} {
		dir := t.TempDir()
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), childDir+"="+dir)
		child.Stderr = os.Stderr
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		synced, lines := 0, bufio.NewScanner(out)
		for synced < rounds && lines.Scan() {
			synced++
		}
		if err := child.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		for lines.Scan() { // rounds synced before the signal came
			synced++
		}
		if child.Wait() == nil {
			t.Fatal("the child ended by itself")
		}

		name, err := Newest(dir)
		if err != nil && synced == 0 {
			continue // killed before Create was done
		}
		if err != nil {
			t.Fatal(err)
		}
		run := readFile(t, name)
		if !run.Partial {
			t.Errorf("%s is not partial", name)
		}
		cold := 0
		for _, s := range run.Samples {
			if s.Round <= synced && s.Outcome == Cold {
				cold++
			}
		}
		if want := synced * killBurst; cold != want {
			t.Errorf("killed after round %d: %d cold samples of these rounds, want %d", synced, cold, want)
		}
	}
}
