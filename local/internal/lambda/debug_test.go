package lambda

import (
	"fmt"
	"net"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// attach is a debugger. It evaluates an expression in the process behind an inspector's port.
const attach = `
const [{ webSocketDebuggerUrl }] = await (await fetch('http://127.0.0.1:' + process.argv[1] + '/json/list')).json();
const socket = new WebSocket(webSocketDebuggerUrl);
socket.onopen = () =>
	socket.send(JSON.stringify({ id: 1, method: 'Runtime.evaluate', params: { expression: '6 * 7' } }));
socket.onmessage = ({ data }) => { console.log(JSON.parse(data).result.result.value); process.exit(); };
setTimeout(() => { console.log('no answer'); process.exit(1); }, 10_000);`

// TestDebugNode: a debugger attaches before the first event, while the process waits. There is no timeout, and events
// go to the one process.
func TestDebugNode(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := listener.Addr().(*net.TCPAddr).Port
	listener.Close()
	log := &syncBuffer{}
	config := nodeConfig(t, "index.mjs", `import { setTimeout } from 'node:timers/promises';
		export const handler = async () => { await setTimeout(500); return process.pid; };`)
	config.Log, config.Timeout, config.Debug = log.log(), 100*time.Millisecond, &Debug{InspectorPort: port}
	f := newFunction(t, config)
	f.startDebug()
	address := fmt.Sprintf("127.0.0.1:%d", port)
	want := "one process, without a timeout, and with the inspector at " + address
	if !strings.Contains(log.text(), want) {
		t.Errorf("the log does not say %q:\n%s", want, log.text())
	}
	eventually(t, "the inspector listens", func() bool {
		return strings.Contains(log.text(), "Debugger listening on ws://"+address+"/")
	})
	node, number := f.launch.command[0], fmt.Sprint(port)
	debugger := exec.CommandContext(t.Context(), node, "--input-type=module", "-e", attach, number)
	if output, err := debugger.CombinedOutput(); err != nil || strings.TrimSpace(string(output)) != "42" {
		t.Fatalf("the debugger says %q, %v", output, err)
	}
	answers := make(chan string, 2)
	for range cap(answers) {
		go func() {
			answer, err := invoke(f, task{})
			answers <- fmt.Sprint(answer, err)
		}()
	}
	if first, second := <-answers, <-answers; first != second || !strings.HasSuffix(first, "<nil>") {
		t.Errorf("answers %q and %q, want one process's", first, second)
	}
}
