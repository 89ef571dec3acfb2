package lambda

import (
	"fmt"
	"time"
)

// Debug says how a function is debugged. It runs in one process, which starts at once, and its timeouts are held.
type Debug struct {
	// InspectorPort is the loopback port of Node.js's inspector. 0 is for a Command, which starts a debugger itself.
	InspectorPort int
}

// heldTimeout is longer than anybody stands at a breakpoint.
const heldTimeout = 24 * time.Hour

// startDebug starts the process of a function that is debugged, so that a debugger can attach before the first event.
func (f *Function) startDebug() {
	if f.config.Debug == nil {
		return
	}
	told := "one process, without a timeout"
	if port := f.config.Debug.InspectorPort; port != 0 {
		told += fmt.Sprintf(", and with the inspector at 127.0.0.1:%d", port)
	}
	f.log.Say(f.config.Path + ": it is debugged in " + told)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.startProcess()
}
