package local

import (
	"io"
	"sync"
)

// lineWriter lets many goroutines write whole lines to one writer.
type lineWriter struct {
	mu sync.Mutex
	to io.Writer
}

// Write hands p on as it is.
func (w *lineWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.to.Write(p)
}
