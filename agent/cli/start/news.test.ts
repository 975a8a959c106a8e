import { expect, test } from 'vitest';
import type { DestinationStatus, ObsStatus } from '../../../shared/domain.ts';
import { errorInfo } from '../../../shared/errors.ts';
import { newsTeller } from './news.ts';
import { startWords } from './words.ts';

const waiting: ObsStatus = {
  state: 'waiting',
  address: 'localhost:4455',
  version: null,
  websocketVersion: null,
  problem: errorInfo('obs_not_connected'),
  canPause: false,
  canSplit: false,
  canChapter: false,
  pauseProblem: null,
  splitProblem: null,
  recordDirectory: null,
  freeBytes: null,
};
const connected: ObsStatus = { ...waiting, state: 'connected', version: '32.2.2', problem: null };
const embedded: DestinationStatus = {
  id: 'processing',
  configured: true,
  reachable: null,
  address: 'http://127.0.0.1:1',
  proxy: null,
  embedded: true,
  problem: null,
};

function told(language: 'en' | 'fr' = 'en') {
  const lines: string[] = [];
  const tell = newsTeller((line) => lines.push(line), { receivedDir: '/r', words: startWords[language], language });
  return {
    lines,
    obs: (data: ObsStatus) => tell({ type: 'obs_updated', data }),
    destination: (data: DestinationStatus) => tell({ type: 'destination_updated', data }),
  };
}

test('tells each change of OBS once, however often it is announced', () => {
  const { lines, obs } = told();
  for (const status of [waiting, waiting, connected, { ...connected, freeBytes: 5 }, connected, waiting]) obs(status);
  expect(lines.map((line) => line.slice(0, 10))).toEqual(['✗ OBS is n', '✓ OBS 32.2', '✗ OBS is n']);
});

test('is silent about an attempt that is under way', () => {
  const { lines, obs } = told();
  obs({ ...waiting, state: 'connecting' });
  expect(lines).toEqual([]);
});

test('names the fix, in the terminal’s language', () => {
  const { lines, obs } = told('fr');
  obs({ ...waiting, state: 'refused', problem: errorInfo('obs_password_wrong') });
  expect(lines).toEqual([expect.stringMatching(/^✗ OBS a refusé le mot de passe\. Copiez-le/)]);
});

test('tells of a connected OBS that cannot use the folder', () => {
  const { lines, obs } = told();
  obs({ ...connected, problem: errorInfo('folder_unreadable', { folder: '/x', reason: 'OBS refused it' }) });
  expect(lines.join('\n')).toMatch(/^✓ OBS 32\.2\.2 .*\n✗ The folder “\/x”/);
});

test('leaves the destination to the greeting until it changes: then it is told whether anything leaves this machine', () => {
  const { lines, destination } = told();
  destination(embedded);
  destination({ ...embedded, reachable: true });
  expect(lines).toEqual([]);
  const address = 'http://vultr.example';
  destination({ ...embedded, embedded: false, address });
  destination({ ...embedded, embedded: false, address, proxy: 'proxy.example:3128' });
  destination(embedded);
  expect(lines).toEqual([
    'Recordings go to http://vultr.example',
    'Recordings go to http://vultr.example, through the proxy proxy.example:3128',
    expect.stringContaining('Nothing leaves this machine'),
  ]);
});
