import { describe, expect, test } from 'vitest';
import { switchBackIni, switchBackJson, switchOnIni, switchOnJson } from './websocket-server.ts';

const on = (json: object | string | null): unknown => {
  const bytes = json === null ? null : Buffer.from(typeof json === 'string' ? json : JSON.stringify(json));
  const edit = switchOnJson(bytes, 'made');
  return edit && JSON.parse(edit.bytes.toString());
};

test.each<[string, object | string | null, object | null]>([
  ['no file', null, { auth_required: true, server_enabled: true, server_password: 'made' }],
  ['an empty file', ' \n', { auth_required: true, server_enabled: true, server_password: 'made' }],
  [
    'off, with a password',
    { server_enabled: false, auth_required: true, server_password: 'p' },
    { server_enabled: true, auth_required: true, server_password: 'p' },
  ],
  [
    'off, without authentication',
    { server_enabled: false, auth_required: false, server_password: 'p' },
    { server_enabled: true, auth_required: true, server_password: 'p' },
  ],
  ['on, with a password', { server_enabled: true, auth_required: true, server_password: 'p' }, null],
  ['on, authentication not set, which is on', { server_enabled: true, server_password: 'p' }, null],
  ['on, without authentication: somebody’s own decision', { server_enabled: true, auth_required: false }, null],
  [
    'on, with an empty password',
    { server_enabled: true, auth_required: true, server_password: '' },
    { server_enabled: true, auth_required: true, server_password: 'made' },
  ],
])('config.json, %s', (_, before, after) => {
  expect(on(before)).toEqual(after);
});

test('[OBSWebSocket]: port and all else stay', () => {
  const edit = switchOnIni(Buffer.from('[OBSWebSocket]\nServerPort=4460\nAlertsEnabled=true\n'), 'made');
  expect(edit?.bytes.toString()).toBe(
    '[OBSWebSocket]\nServerPort=4460\nAlertsEnabled=true\nServerEnabled=true\nAuthRequired=true\nServerPassword=made\n',
  );
});

describe('taken back after OBS has written the file', () => {
  test('off again; the password that OBS would have made itself stays', () => {
    const { change } = switchOnJson(null, 'made') ?? { change: {} };
    const written =
      '{"alerts_enabled":false,"auth_required":true,"server_enabled":true,"server_password":"made","server_port":4455}';
    expect(switchBackJson(Buffer.from(written), change).toString()).toBe(
      written.replace('"server_enabled":true', '"server_enabled":false'),
    );
  });

  test('what a person changed since stays', () => {
    const { change } = switchOnJson(
      Buffer.from('{"server_enabled":false,"auth_required":false,"server_password":""}'),
      'made',
    ) ?? { change: {} };
    expect(
      switchBackJson(
        Buffer.from('{"server_enabled":true,"auth_required":true,"server_password":"own"}'),
        change,
      ).toString(),
    ).toBe('{"server_enabled":false,"auth_required":false,"server_password":"own"}');
    expect(switchBackJson(Buffer.from('{"server_enabled":false}'), change).toString()).toBe('{"server_enabled":false}');
    for (const damaged of ['', '{', '[]'])
      expect(switchBackJson(Buffer.from(damaged), change).toString()).toBe(damaged);
  });

  test('[OBSWebSocket] that is gone stays gone', () => {
    const { change } = switchOnIni(Buffer.from('[OBSWebSocket]\nServerEnabled=false\n'), 'made') ?? { change: {} };
    expect(switchBackIni(Buffer.from('[A]\nB=1\n'), change).toString()).toBe('[A]\nB=1\n');
  });
});
