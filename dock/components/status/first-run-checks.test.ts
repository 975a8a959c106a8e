import { describe, expect, test } from 'vitest';
import { obsSteps } from './first-run-checks.ts';

describe('of the steps towards OBS', () => {
  test.each<[string, boolean, string | undefined, number]>([
    ['all are done once it is connected', true, undefined, 3],
    ['two are done where it refused the password: its server runs', false, 'obs_password_wrong', 2],
    ['two are done where its protocol is too old', false, 'obs_too_old', 2],
    ['one is done where its server is switched off: OBS was found', false, 'obs_websocket_disabled', 1],
    ['none is done where it does not answer', false, 'obs_not_connected', 0],
    ['none is done at first', false, undefined, 0],
  ])('%s', (_, connected, code, steps) => {
    expect(obsSteps(connected, code)).toBe(steps);
  });
});
