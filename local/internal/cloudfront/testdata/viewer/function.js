// One CloudFront Function for all tests, on both events. The path of the request chooses its answer.
const requests = {
  '/same': (r) => r,
  '/event': (r, event) => ({
    statusCode: 200,
    headers: { 'content-type': { value: 'application/json' } },
    body: JSON.stringify(event),
  }),
  '/uri': (r) => ({ ...r, uri: '/other/%E5%A0%B4' }),
  '/pattern': (r) => ({ ...r, uri: '/behavior/x' }),
  '/header': (r) => {
    r.headers['x-forwarded-host'] = { value: r.headers.host.value };
    r.headers['x-forwarded-authorization'] = r.headers.authorization;
    r.headers['x-real'] = undefined;
    delete r.headers['x-drop'];
    return r;
  },
  '/first': (r) => {
    r.headers['x-many'].value = 'changed';
    return r;
  },
  '/multi': (r) => {
    r.headers['x-many'].value = 'ignored';
    r.headers['x-many'].multiValue.push({ value: 'three' });
    return r;
  },
  '/emptied': (r) => {
    r.headers['x-one'].multiValue = [];
    return r;
  },
  '/cookies': (r) => {
    r.cookies.a.value = 'changed';
    delete r.cookies.b;
    r.cookies.c = { value: 'new' };
    return r;
  },
  '/no-cookies': (r) => ({ ...r, cookies: {} }),
  '/query-text': (r) => ({ ...r, querystring: 'z=1&a=%20' }),
  '/query-fields': (r) => {
    r.querystring.a.value = 'changed';
    r.querystring.new = { value: '' };
    return r;
  },
  '/no-query': (r) => ({ ...r, querystring: {} }),
  '/async': async (r) => ({ ...r, uri: '/awaited' }),
  '/connection': (r) => {
    r.headers['x-set'] = { value: 'by the function' };
    return r;
  },
  '/generated': () => ({
    statusCode: 302,
    statusDescription: 'Found',
    headers: { location: { value: '/x' }, 'content-length': { value: '99' } },
    cookies: {
      a: { value: '1', attributes: 'Secure; Path=/' },
      b: { value: '', multiValue: [{ value: '2' }, { value: '3' }] },
    },
    body: { encoding: 'base64', data: 'aGk=' },
  }),
  '/generated-empty': () => ({ statusCode: 204 }),

  '/method': (r) => ({ ...r, method: 'DELETE' }),
  '/no-method': (r) => ({ ...r, method: undefined }),
  '/uri-without-slash': (r) => ({ ...r, uri: 'x' }),
  '/uri-with-space': (r) => ({ ...r, uri: '/a b' }),
  '/query-with-space': (r) => ({ ...r, querystring: 'a=b c' }),
  '/query-list': (r) => ({ ...r, querystring: [1] }),
  '/query-too-long': (r) => ({ ...r, querystring: 'a'.repeat(8192) }),
  '/forbidden': (r) => set(r, 'x-edge-anything'),
  '/upper-case': (r) => set(r, 'X-Upper'),
  '/host': (r) => set(r, 'host'),
  '/via': (r) => set(r, 'via'),
  '/cookie-header': (r) => set(r, 'cookie'),
  '/line-break': (r) => set(r, 'x-break', { value: 'a\r\nb: c' }),
  '/number': (r) => set(r, 'x-number', { value: 1 }),
  '/no-value': (r) => set(r, 'x-empty', {}),
  '/null': (r) => set(r, 'x-null', null),
  '/no-headers': (r) => ({ ...r, headers: undefined }),
  '/cookie-line-break': (r) => ({ ...r, cookies: { a: { value: '\n' } } }),
  '/nothing': () => undefined,
  '/text': () => 'text',
  '/throw': () => {
    throw new Error('on purpose');
  },
  '/status-text': () => ({ statusCode: '200' }),
  '/status-small': () => ({ statusCode: 199 }),
  '/body-base64': () => ({ statusCode: 200, body: { encoding: 'base64', data: '%' } }),
  '/body-encoding': () => ({ statusCode: 200, body: { encoding: 'hex', data: '00' } }),
  '/body-number': () => ({ statusCode: 200, body: 1 }),
  '/response-forbidden': () => ({ statusCode: 200, headers: { connection: { value: 'close' } } }),
  '/response-via': () => ({ statusCode: 200, headers: { via: { value: 'x' } } }),
  '/response-set-cookie': () => ({ statusCode: 200, headers: { 'set-cookie': { value: 'a=1' } } }),
  '/response-cookie': () => ({ statusCode: 200, cookies: { a: { value: '\r' } } }),
};

const responses = {
  '/event': (r, event) => ({ ...r, body: JSON.stringify(event) }),
  '/changed': (r) => {
    r.headers['x-added'] = { value: 'yes' };
    delete r.headers['x-removed'];
    r.headers['content-length'] = { value: '1' };
    r.cookies.b = { value: '2', attributes: 'Secure' };
    return { ...r, statusCode: 201 };
  },
  '/body': (r) => ({ ...r, body: 'replaced' }),
  '/no-body': (r) => ({ ...r, body: '' }),
  '/no-content': (r) => ({ ...r, statusCode: 204 }),
  '/nothing': () => undefined,
  '/request': (r, event) => event.request,
  '/warning': (r) => set(r, 'warning'),
  '/throw': requests['/throw'],
};

function set(message, name, value = { value: 'x' }) {
  message.headers[name] = value;
  return message;
}

async function handler(event) {
  const { request, response } = event;
  if (response) return (responses[request.uri] ?? ((r) => set(r, 'x-function-ran')))(response, event);
  return (requests[request.uri] ?? requests['/same'])(request, event);
}
