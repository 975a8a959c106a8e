import { expect, test } from 'vitest';
import type { UploadState } from '../../shared/domain.ts';
import { type ErrorInfo, errorInfo } from '../../shared/errors.ts';
import { type NoticeFacts, uploadNotice } from './notice.ts';

const held = errorInfo('held_on_air');
const slowed = errorInfo('slowed_for_obs', { mbit: 4 });
const noNetwork = errorInfo('destination_unreachable', { reason: 'ENETUNREACH' });
const refused = errorInfo('destination_unreachable', { reason: 'ECONNREFUSED' });

test.each<[string, UploadState, ErrorInfo | null, Partial<NoticeFacts>, string | null]>([
  ['that goes on', 'uploading', null, {}, null],
  ['that is slowed', 'uploading', null, { policy: slowed }, 'slowed_for_obs'],
  ['that is held on its way', 'uploading', null, { policy: held }, 'held_on_air'],
  ['that may not begin', 'queued', null, { policy: held }, 'held_on_air'],
  ['that waits for its turn while others are slowed', 'queued', null, { policy: slowed }, null],
  ['that waits for another', 'queued', null, { waitsForOther: true }, 'waits_for_object_storage'],
  ['that waits for another, while all are held', 'queued', null, { waitsForOther: true, policy: held }, 'held_on_air'],
  ['without a network', 'waiting', noNetwork, {}, 'offline'],
  ['whose drive is away', 'waiting', errorInfo('file_away', { file: 'a.mkv' }), {}, 'file_away'],
  ['whose server is down', 'waiting', refused, {}, null],
  ['that is paused', 'paused', null, { policy: held }, null],
  ['that failed', 'failed', noNetwork, { policy: held }, null],
  ['that is done', 'completed', null, { policy: held }, null],
])('an upload %s', (_what, state, error, facts, code) => {
  expect(uploadNotice({ state, error }, { policy: null, waitsForOther: false, ...facts })?.code ?? null).toBe(code);
});
