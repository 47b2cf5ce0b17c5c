package delay

import (
	"bytes"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// echo answers each connection's bytes until it ends.
func echo(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				io.Copy(c, c)
				c.Close()
			}()
		}
	}()
	return l.Addr().String()
}

// TestOrder sends many bytes in pieces of many sizes: they come back whole, in
// order, and end when the client's do.
func TestOrder(t *testing.T) {
	l, err := Listen(echo(t), 3*time.Millisecond, time.Millisecond, 1)
	check(t, err)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			random := rand.New(rand.NewPCG(uint64(i), 1))
			sent := make([]byte, 1<<20)
			for i := range sent {
				sent[i] = byte(random.Uint32())
			}
			c, err := net.Dial("tcp", l.Addr())
			if err != nil {
				t.Error(err)
				return
			}
			defer c.Close()
			wg.Go(func() {
				for rest := sent; len(rest) > 0; {
					n := min(len(rest), 1+random.IntN(40_000))
					if _, err := c.Write(rest[:n]); err != nil {
						t.Error(err)
						return
					}
					rest = rest[n:]
				}
				c.(*net.TCPConn).CloseWrite()
			})
			got, err := io.ReadAll(c)
			if err != nil || !bytes.Equal(got, sent) {
				t.Errorf("connection %d: got %d bytes of %d, error %v", i, len(got), len(sent), err)
			}
		})
	}
	wg.Wait()
	check(t, l.Close())
	if n := len(l.conns); n > 0 {
		t.Errorf("%d connections are left", n)
	}
}

// TestOnce takes bytes through carry on a clock that only waits move: each is
// late by the delay, once, however many are under way before it.
func TestOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const hold, gap, n = 20 * time.Millisecond, time.Millisecond, 50
		l := &Line{conns: map[net.Conn]bool{}}
		client, from := net.Pipe()
		to, server := net.Pipe()
		l.conns[from], l.conns[to] = true, true
		var ways sync.WaitGroup
		ways.Go(func() { l.carry(from, to, hold) })
		ways.Go(func() { l.carry(to, from, hold) })
		start := time.Now()
		go func() {
			for i := range n {
				time.Sleep(time.Until(start.Add(time.Duration(i) * gap)))
				client.Write([]byte{byte(i)})
			}
			client.Close()
		}()
		for i := range n {
			var b [1]byte
			_, err := io.ReadFull(server, b[:])
			check(t, err)
			if got, want := time.Since(start), hold+time.Duration(i)*gap; b[0] != byte(i) || got != want {
				t.Errorf("byte %d is %d after %v, want %v", i, b[0], got, want)
			}
		}
		server.Close()
		ways.Wait()
		if len(l.conns) > 0 {
			t.Error("a way has not ended")
		}
	})
}

// TestJitter has each connection keep its own delay within the bounds.
func TestJitter(t *testing.T) {
	draw := func(seed uint64) (list []time.Duration) {
		l := &Line{delay: 20 * time.Millisecond, jitter: 2 * time.Millisecond, random: rand.New(rand.NewPCG(seed, 0)), conns: map[net.Conn]bool{}}
		for range 1000 {
			a, b := net.Pipe()
			hold, ok := l.admit(a, b)
			if !ok || hold < 18*time.Millisecond || hold > 22*time.Millisecond {
				t.Fatalf("got %v, %v", hold, ok)
			}
			list = append(list, hold)
		}
		return list
	}
	one, again, other := draw(1), draw(1), draw(2)
	same := 0
	for i := range one {
		if one[i] != again[i] {
			t.Fatalf("draw %d: %v, again %v", i, one[i], again[i])
		}
		if one[i] == other[i] {
			same++
		}
	}
	if same > 10 {
		t.Errorf("%d of 1000 draws are the same with another seed", same)
	}
}

// TestRefused has nobody behind the line: the client's connection ends.
func TestRefused(t *testing.T) {
	nobody, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	addr := nobody.Addr().String()
	check(t, nobody.Close())
	l, err := Listen(addr, time.Millisecond, 0, 1)
	check(t, err)
	defer l.Close()
	c, err := net.Dial("tcp", l.Addr())
	check(t, err)
	defer c.Close()
	if got, err := io.ReadAll(c); len(got) > 0 {
		t.Errorf("got %q, error %v", got, err)
	}
}
