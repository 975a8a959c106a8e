import { describe, expect, test } from 'vitest';
import { parseStatusAnswer, resultLinks } from './status-answer.ts';

const base = 'https://host/api';
const parse = (answer: unknown): unknown => parseStatusAnswer(JSON.stringify(answer), 't', base);

test.each([
  [
    { task_id: 't', status: 'uploaded' },
    { status: 'uploaded', progress: null, message: null, results: {} },
  ],
  [
    { status: 'processing', progress: 12.5, more: [1] },
    { status: 'processing', progress: 12.5 },
  ],
  [{ status: 'processing', progress: '40' }, { progress: 40 }],
  [{ status: 'processing', progress: 900 }, { progress: 100 }],
  [{ status: 'processing', progress: -3 }, { progress: 0 }],
  [
    { status: 'processing', progress: 'half', message: 7, result: 'done' },
    { progress: null, message: null, results: {} },
  ],
  [{ status: 'completed', message: 'a\u0000b\n' }, { message: 'a b' }],
  [
    { status: 'error', detail: 'ffmpeg failed' },
    { status: 'error', message: 'ffmpeg failed' },
  ],
  [
    { status: 'failed', error: 'ffmpeg failed' },
    { status: 'error', message: 'ffmpeg failed' },
  ],
  [
    { state: 'FAILURE', message: 'No luck', error: { message: 'ffmpeg failed' } },
    { status: 'error', message: 'No luck; ffmpeg failed' },
  ],
  [
    { success: false, status: 'running', progress: 10 },
    { status: 'processing', progress: 10 },
  ],
  [{ status: 'queued' }, { status: 'uploaded' }],
  [{ status: 'PENDING' }, { status: 'uploaded' }],
  [
    { status: 'in_progress', progress: 0.42 },
    { status: 'processing', progress: 42 },
  ],
  [{ status: 'running', progress: '0.42' }, { progress: 42 }],
  [{ status: 'running', progress: '42%' }, { progress: 42 }],
  [{ status: 'running', progress: '0.5 %' }, { progress: 0.5 }],
  [{ status: 'running', progress: '42,5 %' }, { progress: 42.5 }],
  [{ status: 'running', progress: '3/4' }, { progress: 75 }],
  [{ status: 'running', progress: 0.29 }, { progress: 29 }],
  [{ status: 'running', progress: 1 }, { progress: 1 }],
  [
    { status: 'done', progress: 1 },
    { status: 'completed', progress: 100 },
  ],
  [{ status: 'running', percent: 0.5 }, { progress: 0.5 }],
  [{ status: 'running', progressPercent: 42 }, { progress: 42 }],
  [{ status: 'running', progress: { percent: 42 } }, { progress: 42 }],
  [{ status: 'running', progress: { current: 3, total: 4 } }, { progress: 75 }],
  [{ status: 'running', progress: { current: 3, total: 0 } }, { progress: null }],
  [{ status: 'running', progress: null, percentage: '42' }, { progress: 42 }],
  [{ status: 'running', progress: true }, { progress: null }],
  [{ status: 'running', title: 'My film', error: null }, { message: null }],
  [
    { status: 'success', data: { status: 'running', progress: 40, message: 'at it' } },
    { status: 'processing', progress: 40, message: 'at it' },
  ],
  [{ status: 200, data: { state: 'RUNNING' } }, { status: 'processing' }],
  [{ ok: true, task: { id: 't', status: 'done', result: { video: '/v' } } }, { results: { video: 'https://host/v' } }],
  [{ status: 'success' }, { status: 'completed' }],
  [{ task_id: 't', status: 'completed', result: { status: 'failed' } }, { status: 'completed' }],
  [{ id: 12, status: 'queued' }, { status: 'uploaded' }],
])('%j is understood', (answer, expected) => {
  expect(parse(answer)).toMatchObject(expected);
});

test.each([
  [{ task_id: 'other', status: 'uploaded' }],
  [{ task: { id: 'other', status: 'uploaded' } }],
  [{ jobId: 8, status: 'uploaded' }],
  [{ status: 'dancing' }],
  [{}],
  [[]],
  [null],
  ['uploaded'],
])('%j is refused', (answer) => {
  expect(() => parse(answer)).toThrow(expect.objectContaining({ code: 'destination_answer_invalid' }));
});

test('a word that is in no table is repeated', () => {
  expect(() => parse({ status: 'dancing\u0000 on ice' })).toThrow(/“dancing on ice”/);
});

test.each([
  [{ success: false, error: 'No such task' }, 'No such task'],
  [{ error: { message: 'No such task' } }, 'No such task'],
  [{ ok: false }, 'no reason was given'],
])('%j is a refusal in the server’s words', (answer, detail) => {
  expect(() => parse(answer)).toThrow(
    expect.objectContaining({ code: 'destination_rejected', params: { status: 200, detail } }),
  );
});

test('the key is not repeated', () => {
  const said = parseStatusAnswer('{"status": "failed", "error": "k3y is old"}', 't', base, 'k3y');
  expect(said.message).toBe('… is old');
});

test('what is not JSON is refused', () => {
  expect(() => parseStatusAnswer('<html>', 't', base)).toThrow(
    expect.objectContaining({ code: 'destination_answer_invalid' }),
  );
});

describe('links', () => {
  test.each([
    ['https://cdn/x.mp4', 'https://cdn/x.mp4'],
    ['HTTP://cdn/x', 'http://cdn/x'],
    ['/results/t/video', 'https://host/results/t/video'],
    ['//cdn/x', 'https://cdn/x'],
    ['javascript:alert(1)', undefined],
    ['JavaScript:alert(1)', undefined],
    ['data:text/html,x', undefined],
    ['file:///etc/passwd', undefined],
    ['https://user:pass@cdn/x', undefined],
    ['https://', undefined],
    ['done', undefined],
    [`https://cdn/${'x'.repeat(3000)}`, undefined],
    [7, undefined],
  ])('%s becomes %s', (value, link) => {
    expect(resultLinks({ video: value }, base).video).toBe(link);
  });

  test('names are few, short and plain', () => {
    const many = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`link${index}`, '/x']));
    expect(Object.keys(resultLinks(many, base))).toHaveLength(20);
    expect(resultLinks(JSON.parse('{"__proto__": "/x", "<b>": "/x", "": "/x"}'), base)).toEqual({});
    expect(resultLinks('/only', base)).toEqual({ result: 'https://host/only' });
    expect(resultLinks(['/x'], base)).toEqual({});
    expect(resultLinks(null, base)).toEqual({});
  });
});
