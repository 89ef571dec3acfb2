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

// timeoutOf returns the timeout that ended a context, or nil if something else ended it.
func timeoutOf(ctx context.Context) error {
	cause := context.Cause(ctx)
	if errors.Is(cause, errReadTimeout) || errors.Is(cause, errCompletionTimeout) {
		return cause
	}
	return nil
}

// readTimeout is the origin's response timeout. It limits the wait for the first byte, and then each wait between
// packets (CloudFront Developer Guide, DownloadDistValuesOrigin, "Response timeout"). The viewer's time does not
// count.
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
		err = cmp.Or(timeoutOf(b.watch.ctx), err)
	}
	return n, err
}

func (b *watchedDownload) Close() error {
	b.watch.timer.Stop()
	b.watch.cancel(nil)
	return b.body.Close()
}
