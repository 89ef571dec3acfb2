import { createHash } from 'node:crypto';

let invocations = 0;

// One edge function for all tests. The path of the request chooses its answer.
const cases = {
  '/edge/same': (request) => request,
  '/edge/event': (request, event) => ({
    status: '200',
    headers: {
      'content-type': [{ value: 'application/json' }],
      'cache-control': [{ key: 'Cache-Control', value: 'no-store' }],
    },
    body: JSON.stringify(event),
  }),
  '/edge/rewrite': (request) => {
    request.uri = '/rewritten/%E5%A0%B4';
    request.querystring = 'a=1&b=%20';
    request.headers.authorization = [{ key: 'Authorization', value: 'signed' }];
    request.headers.host = [{ key: 'Host', value: 'changed.example.com' }];
    delete request.headers['x-drop'];
    request.headers['x-many'] = [{ value: 'one' }, { value: 'two' }];
    return request;
  },
  '/edge/hash': (request) => {
    const hash = createHash('sha256').update(Buffer.from(request.body.data, 'base64')).digest('hex');
    request.headers['x-amz-content-sha256'] = [{ value: hash }];
    return request;
  },
  '/edge/count': (request) => {
    request.headers['x-invocation'] = [{ value: `${++invocations}` }];
    return request;
  },
  '/edge/authorization': (request) => {
    request.headers.authorization = [{ value: 'by the edge function' }];
    return request;
  },
  '/edge/large-header': (request) => {
    request.headers['x-large'] = [{ value: 'x'.repeat(20_000) }];
    return request;
  },
  '/edge/header-removed-without-host': (request) => {
    delete request.headers.host;
    return request;
  },
  '/edge/body-read-only': (request) => {
    request.body.data = Buffer.from('ignored').toString('base64');
    return request;
  },
  '/edge/truncated': ({ body }) => ({ status: '200', body: `${body.inputTruncated} ${body.data.length}` }),
  '/edge/body-replaced': (request) => {
    request.body = { action: 'replace', encoding: 'text', data: 'replaced' };
    return request;
  },
  '/edge/body-too-large': (request) => {
    request.body = { action: 'replace', encoding: 'text', data: 'x'.repeat(2 ** 20 + 1) };
    return request;
  },
  '/edge/body-bad-base64': (request) => {
    request.body = { action: 'replace', encoding: 'base64', data: '%%%' };
    return request;
  },
  '/edge/body-bad-action': (request) => {
    request.body.action = 'swap';
    return request;
  },
  '/edge/other-origin': (request) => {
    request.origin.custom.domainName = 'other.example.com';
    request.origin.custom.path = '/base';
    request.origin.custom.customHeaders = { 'x-from-edge': [{ value: 'yes' }] };
    return request;
  },
  '/edge/unknown-origin': (request) => {
    request.origin.custom.domainName = 'example.org';
    return request;
  },
  '/edge/s3-origin': (request) => {
    request.origin = { s3: { domainName: 'bucket.s3.amazonaws.com' } };
    return request;
  },
  '/edge/short-timeout': (request) => {
    request.origin.custom.readTimeout = 1;
    request.uri = '/slow';
    return request;
  },
  '/edge/bad-timeout': (request) => {
    request.origin.custom.readTimeout = 121;
    return request;
  },
  '/edge/custom-header-twice': (request) => {
    request.headers['x-from-edge'] = [{ value: 'a' }];
    request.origin.custom.customHeaders = { 'x-from-edge': [{ value: 'b' }] };
    return request;
  },
  '/edge/forbidden-header': (request) => {
    request.headers['x-edge-anything'] = [{ value: 'x' }];
    return request;
  },
  '/edge/forbidden-id': (request) => {
    request.headers['x-amz-cf-id'] = [{ value: 'x' }];
    return request;
  },
  '/edge/via-changed': (request) => {
    request.headers.via[0].value = 'x';
    return request;
  },
  '/edge/via-removed': (request) => {
    delete request.headers.via;
    return request;
  },
  '/edge/length-added': (request) => {
    request.headers['transfer-encoding'] = [{ value: 'gzip' }];
    return request;
  },
  '/edge/upper-case': (request) => {
    request.headers['X-Upper'] = [{ value: 'x' }];
    return request;
  },
  '/edge/line-break': (request) => {
    request.headers['x-break'] = [{ value: 'a\r\nb: c' }];
    return request;
  },
  '/edge/method-changed': (request) => {
    request.method = 'DELETE';
    return request;
  },
  '/edge/client-changed': (request) => {
    request.clientIp = '192.0.2.1';
    return request;
  },
  '/edge/uri-without-slash': (request) => {
    request.uri = 'x';
    return request;
  },
  '/edge/uri-with-space': (request) => {
    request.uri = '/a b';
    return request;
  },
  '/edge/query-with-space': (request) => {
    request.querystring = 'a=b c';
    return request;
  },
  '/edge/query-with-hash': (request) => {
    request.querystring = 'a#b';
    return request;
  },
  '/edge/query-too-long': (request) => {
    request.querystring = `a=${'x'.repeat(8192)}`;
    return request;
  },
  '/edge/nothing': () => undefined,
  '/edge/text': () => 'text',
  '/edge/status-number': () => ({ status: 200 }),
  '/edge/status-out-of-range': () => ({ status: '199' }),
  '/edge/response': () => ({
    status: '413',
    statusDescription: 'Payload Too Large',
    headers: { 'content-type': [{ value: 'application/json' }], 'set-cookie': [{ value: 'a=1' }, { value: 'b=2' }] },
    body: '{"error":"PayloadTooLarge"}',
  }),
  '/edge/response-base64': () => ({
    status: '200',
    bodyEncoding: 'base64',
    body: Buffer.from([0, 255]).toString('base64'),
  }),
  '/edge/response-bad-base64': () => ({ status: '200', bodyEncoding: 'base64', body: '%%%' }),
  '/edge/response-too-large': () => ({ status: '200', body: 'x'.repeat(2 ** 20 + 1) }),
  '/edge/response-forbidden-header': () => ({ status: '200', headers: { connection: [{ value: 'close' }] } }),
  '/edge/response-read-only-header': () => ({ status: '200', headers: { via: [{ value: 'x' }] } }),
  '/edge/throw': () => {
    throw new Error('on purpose');
  },
  '/edge/exit': () => process.exit(1),
  '/edge/hang': () => new Promise((resolve) => setTimeout(resolve, 60_000)),
};

export const handler = async (event) => {
  const { request } = event.Records[0].cf;
  return (cases[request.uri] ?? cases['/edge/same'])(request, event);
};
