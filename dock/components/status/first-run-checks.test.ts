import { describe, expect, test } from 'vitest';
import { obsSteps } from './first-run-checks.ts';

describe('on the way to OBS', () => {
  test.each<[string, boolean, string | undefined, number]>([
    ['everything is done once it is connected', true, undefined, 3],
    ['a refused password means that its server runs', false, 'obs_password_wrong', 2],
    ['so does an old protocol', false, 'obs_too_old', 2],
    ['a server that is switched off means that OBS was found', false, 'obs_websocket_disabled', 1],
    ['nothing is known where it is not there', false, 'obs_not_connected', 0],
    ['nothing is known at first', false, undefined, 0],
  ])('%s', (_, connected, code, steps) => {
    expect(obsSteps(connected, code)).toBe(steps);
  });
});
