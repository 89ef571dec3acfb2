package lambda

import (
	"io"
	"path/filepath"
	"testing"
)

// httpRuntime is the smallest runtime on the Runtime API. It stands for what our runtime did before it had pipes.
const httpRuntime = `
import http from 'node:http';
import { handler } from './index.mjs';
const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':');
const agent = new http.Agent({ keepAlive: true });
const call = (method, path, body) => new Promise((settle, reject) => {
	const request = http.request({ host, port, method, path: '/2018-06-01/runtime/invocation/' + path, agent });
	request.on('error', reject).on('response', (response) => {
		const chunks = [];
		response.on('data', (chunk) => chunks.push(chunk));
		response.on('end', () => settle({ headers: response.headers, body: Buffer.concat(chunks) }));
	}).end(body);
});
for (;;) {
	const { headers, body } = await call('GET', 'next');
	const answer = JSON.stringify(await handler(JSON.parse(body)));
	await call('POST', headers['lambda-runtime-aws-request-id'] + '/response', answer);
}`

// BenchmarkInvokeNode compares an event to Node.js by our pipes with one by HTTP, and reports their ratio.
//
//	go test ./local/internal/lambda -run '^$' -bench InvokeNode -benchmem
func BenchmarkInvokeNode(b *testing.B) {
	perEvent := map[string]float64{}
	for _, transport := range []string{"http", "pipe"} {
		b.Run(transport, func(b *testing.B) {
			const source = `export const handler = async ({ body }) => ({ statusCode: 200, body });`
			config := nodeConfig(b, "index.mjs", source)
			config.Log = nil
			if transport == "http" {
				write(b, filepath.Join(config.CodeDir, "runtime.mjs"), httpRuntime, 0o644)
				config.Command = "exec node '" + filepath.Join(config.CodeDir, "runtime.mjs") + "'"
			}
			f := newFunction(b, config)
			event := []byte(`{"version":"2.0","rawPath":"/","headers":{"host":"x"},"body":"hello"}`)
			invokeOnce := func() {
				response, err := f.Invoke(b.Context(), event)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := io.Copy(io.Discard, response.Body); err != nil {
					b.Fatal(err)
				}
				_ = response.Body.Close()
			}
			invokeOnce() // its start is over
			b.ReportAllocs()
			for b.Loop() {
				invokeOnce()
			}
			perEvent[transport] = float64(b.Elapsed().Nanoseconds()) / float64(b.N)
			if before := perEvent["http"]; transport == "pipe" && before > 0 {
				b.ReportMetric(before/perEvent["pipe"], "x-faster")
			}
		})
	}
}
