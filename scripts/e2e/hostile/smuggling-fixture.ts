/**
 * Requests whose end two readers could see in two places (request smuggling), and others that are no HTTP/1.1: by RFC 9112 each is
 * refused, and what follows on the same connection is never read as a request.
 */

/** Stands behind each; answered, it would be a second request. */
const smuggled = (host: string): string => `GET /api/health HTTP/1.1\r\nHost: ${host}\r\nX-Smuggled: yes\r\n\r\n`;

const post = (host: string, headers: readonly string[], body: string): string =>
  [`POST /upload HTTP/1.1`, `Host: ${host}`, 'Content-Type: application/json', ...headers, '', body].join('\r\n');

/** @returns what it is, and the bytes, for a server under this name */
export const smugglingRequests = (host: string): [what: string, bytes: string][] => {
  const rest = smuggled(host);
  const chunks = `2\r\n{}\r\n0\r\n\r\n${rest}`;
  const lengths = (...values: string[]): string[] => values.map((value) => `Content-Length: ${value}`);
  const get = (line: string, ...headers: string[]): string => [line, ...headers, '', rest].join('\r\n');
  const hostLine = `Host: ${host}`;
  return [
    ['a length and chunks', post(host, [...lengths('2'), 'Transfer-Encoding: chunked'], chunks)],
    ['chunks and a length', post(host, ['Transfer-Encoding: chunked', ...lengths('2')], chunks)],
    ['two lengths', post(host, lengths('2', '9'), `{}${rest}`)],
    ['the same length twice', post(host, lengths('2', '2'), `{}${rest}`)],
    ['two lengths in one line', post(host, lengths('2, 9'), `{}${rest}`)],
    ['a negative length', post(host, lengths('-2'), `{}${rest}`)],
    ['a length with a sign', post(host, lengths('+2'), `{}${rest}`)],
    ['a length in hexadecimal', post(host, lengths('0x2'), `{}${rest}`)],
    ['a length with a point', post(host, lengths('2.0'), `{}${rest}`)],
    ['a length with a blank inside', post(host, lengths('2 2'), `{}${rest}`)],
    ['a length that is none', post(host, lengths('two'), `{}${rest}`)],
    ['a length beyond 64 bits', post(host, lengths('18446744073709551618'), `{}${rest}`)],
    ['chunks by another name', post(host, ['Transfer-Encoding: xchunked'], chunks)],
    ['chunks, then something else', post(host, ['Transfer-Encoding: chunked, identity'], chunks)],
    ['something else alone', post(host, ['Transfer-Encoding: gzip'], chunks)],
    ['chunks in quotes', post(host, ['Transfer-Encoding: "chunked"'], chunks)],
    ['chunks behind a vertical tab', post(host, ['Transfer-Encoding: \u000bchunked'], chunks)],
    ['chunks before a NUL', post(host, ['Transfer-Encoding: chunked\u0000'], chunks)],
    ['a blank before the colon', post(host, ['Transfer-Encoding : chunked'], chunks)],
    ['a blank before the name', post(host, ['A: b', ' Transfer-Encoding: chunked', ...lengths('2')], `{}${rest}`)],
    ['a folded header', post(host, ['A: b\r\n Content-Length: 2'], `{}${rest}`)],
    ['a bare line feed inside a header', post(host, ['A: b\nContent-Length: 2'], `{}${rest}`)],
    ['a bare carriage return inside a header', post(host, ['A: b\rContent-Length: 2'], `{}${rest}`)],
    ['a NUL in a header', post(host, ['A: \u0000', ...lengths('2')], `{}${rest}`)],
    ['a NUL in a header’s name', post(host, ['A\u0000: b', ...lengths('2')], `{}${rest}`)],
    ['a header without a colon', post(host, ['Content-Length 2'], `{}${rest}`)],
    ['a header without a name', post(host, [': 2'], `{}${rest}`)],
    ['a name with a bracket', post(host, ['Content[Length]: 2'], `{}${rest}`)],
    ['a name beyond ASCII', post(host, ['Côntent: 2'], `{}${rest}`)],
    ['a chunk’s size with a sign', post(host, ['Transfer-Encoding: chunked'], `+2\r\n{}\r\n0\r\n\r\n${rest}`)],
    ['a negative chunk', post(host, ['Transfer-Encoding: chunked'], `-2\r\n{}\r\n0\r\n\r\n${rest}`)],
    ['a chunk’s size with 0x', post(host, ['Transfer-Encoding: chunked'], `0x2\r\n{}\r\n0\r\n\r\n${rest}`)],
    [
      'a chunk beyond 64 bits',
      post(host, ['Transfer-Encoding: chunked'], `10000000000000002\r\n{}\r\n0\r\n\r\n${rest}`),
    ],
    ['a chunk without a size', post(host, ['Transfer-Encoding: chunked'], `\r\n{}\r\n0\r\n\r\n${rest}`)],
    ['a chunk that is longer than it says', post(host, ['Transfer-Encoding: chunked'], `1\r\n{}\r\n0\r\n\r\n${rest}`)],
    [
      'a chunk’s line that ends in a line feed',
      post(host, ['Transfer-Encoding: chunked'], `2\n{}\r\n0\r\n\r\n${rest}`),
    ],
    ['a trailer that is no header', post(host, ['Transfer-Encoding: chunked'], `0\r\nno header\r\n\r\n${rest}`)],
    ['no host', get('GET / HTTP/1.1')],
    ['two hosts', get('GET / HTTP/1.1', hostLine, 'Host: evil.example', 'Connection: close')],
    ['a foreign host first', get('GET / HTTP/1.1', 'Host: evil.example', hostLine, 'Connection: close')],
    [
      'the whole address of another host',
      get('GET http://evil.example/api/health HTTP/1.1', hostLine, 'Connection: close'),
    ],
    ['no version', get('GET /', hostLine)],
    ['HTTP/0.9', `GET /api/health\r\n${rest}`],
    ['HTTP/1.2', get('GET / HTTP/1.2', hostLine)],
    ['HTTP/2’s beginning', `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${rest}`],
    ['HTTP/9.9', get('GET / HTTP/9.9', hostLine)],
    ['another protocol', get('GET / HTCPCP/1.0', hostLine)],
    ['small letters', get('get / http/1.1', hostLine)],
    ['a tab', get('GET\t/\tHTTP/1.1', hostLine)],
    ['a bare line feed', `GET / HTTP/1.1\n${hostLine}\n\n${rest}`],
    ['a method that is none', get('GE(T / HTTP/1.1', hostLine)],
    ['a method that nobody has', get('BREW / HTTP/1.1', hostLine)],
    ['a request to a proxy', get(`CONNECT evil.example:443 HTTP/1.1`, 'Host: evil.example:443')],
    ['TLS', '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003'.padEnd(200, '\u0001')],
    ['SSH', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['SMTP', 'EHLO evil.example\r\nMAIL FROM:<a@evil.example>\r\n'],
    ['Redis', '*1\r\n$4\r\nPING\r\n'],
    ['zeros', '\u0000'.repeat(2000)],
    ['a header above the limit', get('GET / HTTP/1.1', hostLine, `X-Long: ${'x'.repeat(20_000)}`)],
    ['an address above the limit', get(`GET /${'x'.repeat(20_000)} HTTP/1.1`, hostLine)],
    [
      'headers above the limit',
      get('GET / HTTP/1.1', hostLine, ...Array.from({ length: 2000 }, (_, n) => `X-${n}: ${n}`)),
    ],
  ];
};
