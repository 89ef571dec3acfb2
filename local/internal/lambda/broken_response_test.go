package lambda

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"testing"
)

// brokenRuntime posts the first ten bytes of its answer and ends the connection. It lives on.
const brokenRuntime = `
import http from 'node:http';
const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':');
const path = '/2018-06-01/runtime/invocation/';
http.get({ host, port, path: path + 'next' }, ({ headers }) => {
	const id = headers['lambda-runtime-aws-request-id'];
	const options = { host, port, method: 'POST', path: path + id + '/response', headers: { 'content-length': %d } };
	const request = http.request(options).on('error', () => {});
	request.write('0123456789', () => setTimeout(() => request.destroy(), 20));
	setInterval(() => {}, 1000);
});`

func TestResponseBrokenOff(t *testing.T) {
	for _, test := range []struct {
		name   string
		length int
		why    string
	}{
		{"short", 11, "it is read before the event is answered"},
		{"long", shortAnswer + 1, "the event is answered by its beginning"},
	} {
		t.Run(test.name, func(t *testing.T) {
			config := testConfig(t)
			write(t, filepath.Join(config.CodeDir, "runtime.mjs"), fmt.Sprintf(brokenRuntime, test.length), 0o644)
			config.Command = "exec node '" + filepath.Join(config.CodeDir, "runtime.mjs") + "'"
			f := newFunction(t, config)
			response, err := f.Invoke(t.Context(), []byte(`{}`))
			if err == nil {
				_, err = io.ReadAll(response.Body)
				_ = response.Body.Close()
			}
			if !errors.Is(err, ErrExited) {
				t.Errorf("got %v, want ErrExited: %s", err, test.why)
			}
		})
	}
}
