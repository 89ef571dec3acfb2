// One edge function for all four events. The path of a request is "/EVENT/CASE". The case runs on that event, and on
// the others the request or response stays. The event "trace" is any, and leaves a header.
const set = (headers, name, value) => {
  headers[name] = [{ key: name, value }];
};
const json = (event) => ({ status: '200', body: JSON.stringify(event) });

const requests = {
  event: (request, event) => json(event),
  change: (request) => {
    request.uri = '/changed';
    request.querystring = 'z=1';
    set(request.headers, 'x-added', 'yes');
    set(request.headers, 'cloudfront-viewer-address', '192.0.2.1:1');
    delete request.headers['x-drop'];
    return request;
  },
  // The request says which answer is generated.
  answer: ({ querystring, body }) => ({ status: querystring, body: body.data, bodyEncoding: 'base64' }),
  body: (request) => {
    request.body = { action: 'replace', encoding: 'text', data: 'replaced' };
    return request;
  },
  'body-too-large': (request) => {
    request.body = { action: 'replace', encoding: 'text', data: 'x'.repeat(40 * 1024 + 1) };
    return request;
  },
  shown: ({ body }) => ({ status: '200', body: `${body.inputTruncated} ${body.data.length}` }),
  host: (request) => {
    set(request.headers, 'host', 'changed.example.com');
    return request;
  },
  encoding: (request) => {
    set(request.headers, 'accept-encoding', 'br');
    return request;
  },
  origin: (request) => {
    request.origin = { custom: { domainName: 'other.example.com' } };
    return request;
  },
  'to-bucket': (request) => {
    const domainName = 'other.s3.amazonaws.com';
    request.origin = { s3: { authMethod: 'none', customHeaders: {}, domainName, path: '/base', region: '' } };
    return request;
  },
  'to-custom': (request, event) => {
    request.origin = {
      custom: {
        customHeaders: {},
        domainName: 'abc123.lambda-url.ap-northeast-1.on.aws',
        keepaliveTimeout: 5,
        path: '',
        port: 443,
        protocol: 'https',
        readTimeout: 30,
        sslProtocols: ['TLSv1.2'],
      },
    };
    return request;
  },
  'to-both': (request) => {
    request.origin.custom = { domainName: 'example.org' };
    return request;
  },
  generated: () => ({ status: '403', body: 'generated' }),
  'generated-ok': () => ({ status: '200', body: 'generated' }),
  'no-content': () => ({ status: '204', body: 'x' }),
  'no-content-empty': () => ({ status: '204', body: '' }),
  'too-large': () => ({ status: '200', body: 'x'.repeat(40 * 1024 + 1) }),
  throw: () => {
    throw new Error('on purpose');
  },
};

const responses = {
  event: (response, event) => {
    set(response.headers, 'x-event', JSON.stringify(event));
    return response;
  },
  change: (response) => {
    set(response.headers, 'x-added', 'yes');
    set(response.headers, 'content-length', '99');
    response.headers['set-cookie'] = [{ value: 'a=1' }, { value: 'b=2' }];
    delete response.headers['x-removed'];
    return response;
  },
  'change-header': (response) => {
    set(response.headers, 'x-added', 'yes');
    return response;
  },
  status: (response) => ({ ...response, status: '418' }),
  'status-ok': (response) => ({ ...response, status: '200' }),
  'status-number': (response) => ({ ...response, status: 200 }),
  'status-range': (response) => ({ ...response, status: '600' }),
  body: (response) => ({ ...response, body: 'replaced' }),
  'body-base64': (response) => ({ ...response, body: 'AP8=', bodyEncoding: 'base64' }),
  'body-empty': (response) => ({ ...response, body: '' }),
  'body-object': (response) => ({ ...response, body: {} }),
  'body-too-large': (response) => ({ ...response, body: 'x'.repeat(2 ** 20 + 1) }),
  'body-null': (response) => ({ ...response, body: null }),
  request: (response, event) => event.Records[0].cf.request,
  nothing: () => undefined,
  via: (response) => {
    set(response.headers, 'via', 'x');
    return response;
  },
  warning: (response) => {
    set(response.headers, 'warning', '199 - x');
    return response;
  },
  encoding: (response) => {
    set(response.headers, 'content-encoding', 'br');
    return response;
  },
  length: (response) => {
    delete response.headers['content-length'];
    return response;
  },
  forbidden: (response) => {
    set(response.headers, 'x-cache', 'x');
    return response;
  },
  'line-break': (response) => {
    set(response.headers, 'x-break', 'a\r\nb: c');
    return response;
  },
  throw: () => {
    throw new Error('on purpose');
  },
};

export const handler = async (event) => {
  const { config, request, response } = event.Records[0].cf;
  const [, on, name] = request.uri.split('/');
  const result = response ?? request;
  if (on === 'trace') set(result.headers, `x-${config.eventType}`, 'ran');
  if (on === 'trace' && config.eventType === 'origin-response') {
    result.status = { error: '418', recovered: '200' }[name] ?? result.status;
  }
  if (on !== config.eventType) return result;
  return (response ? responses : requests)[name](result, event);
};
