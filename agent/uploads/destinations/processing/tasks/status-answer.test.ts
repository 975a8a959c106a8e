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
])('%j is understood', (answer, expected) => {
  expect(parse(answer)).toMatchObject(expected);
});

test.each([[{ task_id: 'other', status: 'uploaded' }], [{ status: 'dancing' }], [{}], [[]], [null], ['uploaded']])(
  '%j is refused',
  (answer) => {
    expect(() => parse(answer)).toThrow(expect.objectContaining({ code: 'destination_answer_invalid' }));
  },
);

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
