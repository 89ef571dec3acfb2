package cloudfront

import (
	"cmp"
	"context"
	"errors"
	"io"
	"time"
)

var (
	errReadTimeout       = errors.New("the origin read timeout is over")
	errCompletionTimeout = errors.New("the response completion timeout is over")
)

// timedOut is the timeout that ended a context, nil where something else did.
func timedOut(ctx context.Context) error {
	cause := context.Cause(ctx)
	if errors.Is(cause, errReadTimeout) || errors.Is(cause, errCompletionTimeout) {
		return cause
	}
	return nil
}

// readTimeout is the origin's response timeout: for the first byte, and from then on between packets (CloudFront Developer
// Guide, DownloadDistValuesOrigin, "Response timeout"). Time that the viewer takes does not count.
type readTimeout struct {
	timer   *time.Timer
	timeout time.Duration
	ctx     context.Context
	cancel  context.CancelCauseFunc
}

// watchedUpload is the viewer's body on its way to the origin.
type watchedUpload struct {
	body  io.Reader
	watch *readTimeout
}

func (u *watchedUpload) Read(p []byte) (int, error) {
	u.watch.timer.Stop()
	defer u.watch.timer.Reset(u.watch.timeout)
	return u.body.Read(p)
}

// watchedDownload is the origin's body on its way to the viewer.
type watchedDownload struct {
	body  io.ReadCloser
	watch *readTimeout
}

func (b *watchedDownload) Read(p []byte) (int, error) {
	b.watch.timer.Reset(b.watch.timeout)
	n, err := b.body.Read(p)
	b.watch.timer.Stop()
	if err != nil && err != io.EOF {
		err = cmp.Or(timedOut(b.watch.ctx), err)
	}
	return n, err
}

func (b *watchedDownload) Close() error {
	b.watch.timer.Stop()
	b.watch.cancel(nil)
	return b.body.Close()
}
