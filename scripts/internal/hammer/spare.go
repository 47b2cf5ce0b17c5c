package hammer

import (
	"math"
	"time"
)

// fewestSpare is the room beyond requests in flight where little is sent.
const fewestSpare = 4

// spareFor is how many requests come while a connection is made, twice, and those
// that are prepared.
func spareFor(rate float64, dial time.Duration) int {
	return fewestSpare + int(math.Ceil(rate*(2*dial+lead).Seconds()))
}

// grow makes connections in the background until there is room to spare. The
// caller holds mu.
func (p *pool) grow(now bool) {
	room, each := len(p.idle), 1
	for _, l := range p.lanes {
		if !l.h2 {
			break // all are
		}
		room += l.Available()
		each = max(each, l.Available()+l.InFlight())
	}
	for p.ctx.Err() == nil && p.dialing < dialsAtOnce && len(p.lanes)+p.dialing < p.most &&
		(room+each*p.dialing < p.spare || now && p.dialing == 0) {
		p.dialing++
		p.dials.Go(p.dial)
	}
}

func (p *pool) dial() {
	k, err := p.s.dial(p.ctx)
	if err == nil {
		p.add(k)
	}
	p.mu.Lock()
	p.dialing--
	if err != nil {
		p.failures++
		p.failed = err
	}
	p.mu.Unlock()
	p.news.tell(nil)
}
