package function

import "github.com/coldcrank/coldcrank/lambda/local/internal/sandbox"

// Recycle ends every environment of every version that was started on demand: an
// idle one before it returns, a busy one when its request is done, so that the next
// request is cold. It returns how many these are. Configuration, versions, aliases
// and what they keep provisioned stay as they are.
func (f *Function) Recycle() int {
	idle, busy := f.recycle()
	f.discard(idle)
	return len(idle) + busy
}

func (f *Function) recycle() (idle []*sandbox.Environment, busy int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, v := range f.versions() {
		idle = append(idle, v.idle...)
		v.idle = nil
	}
	for env, u := range f.busy {
		if u.onDemand {
			f.busy[env] = use{onDemand: true, last: true}
			busy++
		}
	}
	return idle, busy
}
