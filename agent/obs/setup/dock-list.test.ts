import { expect, test } from 'vitest';
import { dockAddress, waitingDock } from './dock-address.ts';
import { dockUuid, parseDocks, withDock, withoutDock } from './dock-list.ts';

const wanted = dockAddress('http://127.0.0.1:5002', 'now');

test.each<[string, boolean]>([
  ['http://127.0.0.1:5002/#token=now', true],
  ['http://127.0.0.1:5002/#token=old', true],
  ['http://127.0.0.1:5002/', true],
  ['http://localhost:5010/#token=x', true],
  ['http://[::1]:5010/#token=x', true],
  ['http://localhost:5010/', false],
  ['http://studio:5002/#token=x', false],
  ['https://127.0.0.1:5002/#token=x', false],
  ['http://127.0.0.1:5002/other#token=x', false],
  ['https://example.com/#token=x', false],
  ['file:///home/ann/StreamAI.html', false],
  [`file:///home/ann/.local/share/streamai/dock/${'x'.repeat(43)}.html`, true],
  [`file:///C:/Users/L%C3%A9a/AppData/Local/StreamAI/dock/${'x'.repeat(43)}.html`, true],
  [`file:///home/ann/dock/${'x'.repeat(42)}.html`, false],
  ['', false],
])('%s is an address of ours: %s', (url, expected) => {
  expect(wanted.isOurs(url)).toBe(expected);
});

test('the dock is the page that waits, in the place of the address with the token; a Snap sees no hidden folder', () => {
  const page = `file:///home/ann/.local/share/streamai/dock/${'x'.repeat(43)}.html`;
  const given = { page, url: 'http://127.0.0.1:5002', token: 'now' };
  const list = '[{"title":"Rec","url":"http://127.0.0.1:5002/#token=old","uuid":"1"}]';
  for (const kind of ['installed', 'steam', 'portable', 'flatpak'] as const) {
    const { value, before } = withDock(list, waitingDock(given, { kind }));
    expect(parseDocks(value)).toMatchObject([{ title: 'Rec', url: page, uuid: '1' }]);
    expect(value).not.toContain('token');
    expect(before).toBe('http://127.0.0.1:5002/#token=old');
    expect(withDock(value, waitingDock(given, { kind })).value).toBe(value);
  }
  expect(waitingDock(given, { kind: 'snap' }).url).toBe(wanted.url);
});

test('the list is one line that OBS’s parser takes, in OBS’s own manner', () => {
  expect(withDock(null, wanted)).toEqual({
    value: `[{"title": "StreamAI", "url": "http://127.0.0.1:5002/#token=now", "uuid": "${dockUuid}"}]`,
    title: 'StreamAI',
    before: null,
    uuid: dockUuid,
  });
  expect(dockUuid).toMatch(/^[0-9a-f]{32}$/);
});

test('ours by its uuid counts before one by its address, and only one is changed', () => {
  const list = `[{"title":"A","url":"http://localhost:1/#token=a","uuid":"1"},{"uuid":"${dockUuid}","title":"B","url":"x","z":[1]}]`;
  const { value, before } = withDock(list, wanted);
  expect(before).toBe('x');
  expect(value).toBe(
    list.replace(
      `{"uuid":"${dockUuid}","title":"B","url":"x","z":[1]}`,
      `{"uuid": "${dockUuid}", "title": "B", "url": "${wanted.url}", "z": [1]}`,
    ),
  );
});

test('without ours: the others as they are written; a stranger’s of the same title stays', () => {
  const others = '[{"title":"StreamAI","url":"https://example.com/","uuid":"1"}]';
  const { value, title } = withDock(others, wanted);
  expect(title).toBe('StreamAI 2');
  expect(withoutDock(value, dockUuid, { wrote: wanted.url, before: null })).toBe(others);
  expect(withoutDock(others, dockUuid, { wrote: wanted.url, before: null })).toBe(others);
});

test('an address that a person changed since stays', () => {
  const list = '[{"title":"Rec","url":"https://mine.example/","uuid":"1"}]';
  expect(withoutDock(list, '1', { wrote: wanted.url, before: 'http://localhost:1/#token=a' })).toBe(list);
});

test.each(['{}', '"x"', '[', 'null', '[1,2'])('%s is no list', (text) => {
  expect(parseDocks(text)).toBeNull();
});

test('members that OBS does not know, and entries that are none, do no harm', () => {
  expect(parseDocks('[5, {"title": 1}, {"x": 1}]')).toHaveLength(3);
  expect(withDock('[5]', wanted).value).toMatch(/^\[5, \{/);
});
