import { expect, test } from 'vitest';
import { variableNames } from './environment.ts';
import { incompleteStorage, nearest, unknownVariables } from './unknown-variables.ts';

const told = (env: Record<string, string>, file: Record<string, string> = {}, language: 'en' | 'fr' = 'en') =>
  unknownVariables(variableNames, env, new Map(Object.entries(file)), language);

test.each([
  ['OBS_HOTS', 'OBS_HOST'],
  ['OBS_PASWORD', 'OBS_PASSWORD'],
  ['obs_host', 'OBS_HOST'],
  ['VULTR_OBJECT_STORAGE_BUCKT', 'VULTR_OBJECT_STORAGE_BUCKET'],
  ['VULTR_API_ULR', 'VULTR_API_URL'],
  ['RECORDING_DIR', 'RECORDINGS_DIR'],
  ['STREAMAI_DATADIR', 'STREAMAI_DATA_DIR'],
])('%s is taken for a misspelt %s, wherever it stands', (name, meant) => {
  for (const found of [told({ [name]: 'x' }), told({}, { [name]: 'x' })]) {
    expect(found).toEqual([`${name} means nothing to StreamAI: did you mean ${meant}?`]);
  }
  expect(told({ [name]: 'x' }, {}, 'fr')[0]).toContain(`vouliez-vous dire ${meant}`);
  expect(told({ [name]: '' })).toEqual([]);
});

test('what is known, and other programs’ variables, are no mistakes', () => {
  expect(told(Object.fromEntries(variableNames.map((name) => [name, 'x'])))).toEqual([]);
  const others = ['FTP_PROXY', 'ALL_PROXY', 'OBS_USE_EGL', 'OBS_PLUGINS_PATH', 'PATH', 'HOME', 'STREAMAI_FUZZ_SEED'];
  expect(told(Object.fromEntries(others.map((name) => [name, 'x'])))).toEqual([]);
  expect(told({}, { http_proxy: 'http://p', OBS_PORT: '4455' })).toEqual([]);
});

test('.env is StreamAI’s alone: whatever else stands there is named', () => {
  expect(told({}, { VULTR_BUCKET: 'films' })).toEqual([
    'VULTR_BUCKET in .env means nothing to StreamAI; .env.example has what does.',
  ]);
});

test('some of Object Storage’s four settings are named with those that are missing', () => {
  const set =
    (...names: string[]) =>
    (name: string): boolean =>
      names.some((one) => name.endsWith(`STORAGE_${one}`));
  expect(incompleteStorage(set(), 'en')).toEqual([]);
  expect(incompleteStorage(set('ENDPOINT', 'BUCKET', 'ACCESS_KEY', 'SECRET_KEY'), 'en')).toEqual([]);
  expect(incompleteStorage(set('ENDPOINT', 'BUCKET', 'ACCESS_KEY'), 'en')).toEqual([
    'Object Storage is off: VULTR_OBJECT_STORAGE_ENDPOINT, VULTR_OBJECT_STORAGE_BUCKET, VULTR_OBJECT_STORAGE_ACCESS_KEY are set, but VULTR_OBJECT_STORAGE_SECRET_KEY is missing.',
  ]);
  expect(incompleteStorage(set('BUCKET'), 'fr')[0]).toMatch(/VULTR_OBJECT_STORAGE_BUCKET, mais il manque .*ENDPOINT/);
});

test('the nearest of several is meant, and nothing that is far', () => {
  expect(nearest('OBS_PORTS', ['OBS_PORT', 'OBS_HOST'])).toBe('OBS_PORT');
  expect(nearest('OBS_POST', ['OBS_PORT', 'OBS_HOST'])).toBe('OBS_PORT');
  expect(nearest('OTHER', ['OBS_PORT'])).toBeNull();
});
