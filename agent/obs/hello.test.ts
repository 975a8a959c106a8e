import { expect, test } from 'vitest';
import { checkHello } from './hello.ts';

const authentication = { challenge: 'c'.repeat(44), salt: 's'.repeat(44) };

test.each([{ rpcVersion: 1 }, { rpcVersion: 1, authentication }])('OBS may begin with %j', (hello) => {
  expect(() => checkHello(hello)).not.toThrow();
});

test.each([
  null,
  [],
  { authentication: null },
  { authentication: 7 },
  { authentication: {} },
  { authentication: { ...authentication, salt: 2 } },
  { authentication: { ...authentication, salt: 's'.repeat(5000) } },
  { authentication: { ...authentication, challenge: 'c'.repeat(5000) } },
])('OBS may not begin with %j', (hello) => {
  expect(() => checkHello(hello)).toThrow(expect.objectContaining({ code: 'obs_refused' }));
});
