import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { type Endpoint, isOurs, ownerOf, peerOwner } from './peer-owner.ts';

const isLinux = process.platform === 'linux';
const us: Endpoint = { address: '127.0.0.1', port: 40_000 };
const obs: Endpoint = { address: '127.0.0.1', port: 4455 };
const head = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode';
const row = (local: string, remote: string, state: string, uid: number): string =>
  `   0: ${local} ${remote} ${state} 00000000:00000000 00:00000000 00000000  ${uid}        0 3238707 1 000000009e4bf130 100 0 0 10 0`;
/** 127.0.0.1, port 40000 and 4455, as a little-endian machine writes them. */
const [ourEnd, obsEnd] = ['0100007F:9C40', '0100007F:1167'];
const mapped = (end: string): string => `0000000000000000FFFF0000${end}`;
const ours = row(ourEnd, obsEnd, '01', 1000);

test.each<[string, string[], unknown]>([
  ['of the same kind of address', [ours, row(obsEnd, ourEnd, '01', 1001)], { uid: 1001 }],
  ['of one that listens on both kinds', [ours, row(mapped(obsEnd), mapped(ourEnd), '01', 0)], { uid: 0 }],
  [
    'among the other connections of this port',
    [row(obsEnd, '0100007F:9C41', '01', 7), ours, row(obsEnd, ourEnd, '01', 8)],
    { uid: 8 },
  ],
  ['that only listens', [ours, row(obsEnd, '00000000:0000', '0A', 7)], 'elsewhere'],
  ['that has closed, of which the table says 0', [ours, row(obsEnd, ourEnd, '06', 0)], 'gone'],
  ['that is about to close', [ours, row(obsEnd, ourEnd, '04', 0)], 'gone'],
  ['of a connection that does not stand', [row(ourEnd, obsEnd, '08', 1000), row(obsEnd, ourEnd, '01', 0)], 'gone'],
  ['of a connection that is not there', [row(obsEnd, ourEnd, '01', 0)], 'gone'],
  ['in another network namespace', [ours], 'elsewhere'],
  ['of lines that make no sense', [ours, '', 'x', row(obsEnd, ourEnd, '01', Number.NaN)], 'gone'],
])('the other end %s', (_what, rows, expected) => {
  expect(ownerOf([head, ...rows].join('\n'), obs, us)).toEqual(expected);
});

test('IPv6', () => {
  const [ourEnd6, obsEnd6] = ['9C40', '1167'].map((port) => `00000000000000000000000001000000:${port}`) as [
    string,
    string,
  ];
  const text = [row(ourEnd6, obsEnd6, '01', 1000), row(obsEnd6, ourEnd6, '01', 1001)].join('\n');
  expect(ownerOf(text, { address: '::1', port: 4455 }, { address: '::1', port: 40_000 })).toEqual({ uid: 1001 });
});

test.each([
  [1000, 1000, true],
  [0, 1000, true],
  [1001, 1000, false],
  [65_534, 1000, false],
  [1000, 0, false],
])('user %i is trusted by user %i: %s', (uid, own, expected) => expect(isOurs(uid, own)).toBe(expected));

async function connectTo(port: number, host: string): Promise<Socket> {
  const socket = connect(port, host);
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  return socket;
}

test.skipIf(!isLinux).each(['127.0.0.1', '::1'])('a real connection over %s to a program of ours', async (host) => {
  const server = createServer().listen(0, host);
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  expect(await peerOwner(await connectTo(port, host))).toEqual({ uid: process.getuid?.() });
});

test.skipIf(!isLinux || process.getuid?.() !== 0)('a real connection to another user’s program', async () => {
  const program = `process.seteuid(65534); const s = require('node:net').createServer().listen(0, () => console.log(s.address().port))`;
  const child: ChildProcess = spawn(process.execPath, ['-e', program]);
  onTestFinished(() => void child.kill('SIGKILL'));
  if (child.stdout === null) throw new Error('no output');
  const [line] = await once(child.stdout, 'data');
  // It listens on both kinds of addresses.
  expect(await peerOwner(await connectTo(Number(line), '127.0.0.1'))).toEqual({ uid: 65_534 });
});
