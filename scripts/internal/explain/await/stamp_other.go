//go:build !linux

package await

import (
	"context"
	"net"
	"time"
)

func listen(ctx context.Context) (net.Listener, error) {
	var config net.ListenConfig
	return config.Listen(ctx, "tcp4", "127.0.0.1:0")
}

// arrival is when the request was read.
func arrival(context.Context) time.Time { return time.Now() }
