import { expect, test } from 'vitest';
import { type Addressing, bucketUrl, regionOf } from './bucket-address.ts';

test.each([
  ['https://ewr1.vultrobjects.com', 'shows', 'a b.mkv', 'https://shows.ewr1.vultrobjects.com/a%20b.mkv'],
  ['https://ewr1.vultrobjects.com', 'shows', '', 'https://shows.ewr1.vultrobjects.com/'],
  // a certificate covers one label, and hosts have no capitals
  ['https://ewr1.vultrobjects.com', 'my.shows', 'a', 'https://ewr1.vultrobjects.com/my.shows/a'],
  ['https://ewr1.vultrobjects.com', 'Shows', 'a', 'https://ewr1.vultrobjects.com/Shows/a'],
  ['http://127.0.0.1:7480', 'shows', 'd/a', 'http://127.0.0.1:7480/shows/d/a'],
  ['http://[::1]:7480', 'shows', 'a', 'http://[::1]:7480/shows/a'],
  ['http://localhost:9000', 'shows', '', 'http://localhost:9000/shows'],
  ['https://host.example/s3', 'shows', 'a', 'https://host.example/s3/shows/a'],
  // the bucket's own address, as consoles show it
  ['https://shows.ewr1.vultrobjects.com', 'shows', 'a', 'https://shows.ewr1.vultrobjects.com/a'],
  ['https://ewr1.vultrobjects.com/shows', 'shows', 'a', 'https://shows.ewr1.vultrobjects.com/a'],
  ['http://127.0.0.1:7480/shows/', 'shows', 'a', 'http://127.0.0.1:7480/shows/a'],
  ['https://my.shows.ewr1.vultrobjects.com', 'my.shows', 'a', 'https://ewr1.vultrobjects.com/my.shows/a'],
  ['https://shows.nas.example', 'shows', 'a', 'https://shows.nas.example/a'],
  // a bucket that is called as the store is
  ['https://ewr1.vultrobjects.com', 'ewr1', 'a', 'https://ewr1.ewr1.vultrobjects.com/a'],
])('%s, bucket %s, key “%s” is at %s', (endpoint, bucket, key, expected) => {
  expect(bucketUrl({ endpoint, bucket }, key).href).toBe(expected);
});

test.each([
  ['https://ewr1.vultrobjects.com', 'ewr1'],
  ['https://ams1.vultrobjects.com', 'ams1'],
  ['https://shows.ams1.vultrobjects.com', 'ams1'],
  ['https://s3.eu-west-3.amazonaws.com', 'eu-west-3'],
  ['http://127.0.0.1:7480', 'us-east-1'],
  ['https://evil.example/ewr1.vultrobjects.com', 'us-east-1'],
])('the region of %s is %s', (endpoint, region) => expect(regionOf({ endpoint, bucket: 'shows' })).toBe(region));

test('by the path, a host that may be the store’s own stays as it was given', () => {
  const address = { endpoint: 'https://storage.example.com', bucket: 'storage' };
  expect(bucketUrl(address, 'a').href).toBe('https://storage.example.com/a');
  expect(bucketUrl(address, 'a', 'path').href).toBe('https://storage.example.com/storage/a');
});

test.each<[Addressing, string]>([
  ['auto', 'https://shows.ewr1.vultrobjects.com/a'],
  ['host', 'https://shows.ewr1.vultrobjects.com/a'],
  ['path', 'https://ewr1.vultrobjects.com/shows/a'],
])('addressed by %s it is %s', (addressing, expected) => {
  expect(bucketUrl({ endpoint: 'https://ewr1.vultrobjects.com', bucket: 'shows' }, 'a', addressing).href).toBe(
    expected,
  );
});
