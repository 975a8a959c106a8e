import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readWindowMs, WhisperCli } from './whisper-cli.ts';

async function model(bytes: Buffer): Promise<string> {
  const dir = await mkdtemp(path.join(tmpdir(), 'model-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  const file = path.join(dir, 'ggml-test.bin');
  await writeFile(file, bytes);
  return file;
}

/** The head of a model of whisper.cpp: magic, words, frames of a window. */
function head(frames: number): Buffer {
  const bytes = Buffer.alloc(48);
  for (const [index, value] of [0x67676d6c, 51_864, frames].entries()) bytes.writeInt32LE(value, index * 4);
  return bytes;
}

test.each([
  [1500, null],
  [500, 10_000],
])('a model with windows of %i frames is given pieces of at most %s ms', async (frames, expected) => {
  const file = await model(head(frames));
  const engine = new WhisperCli({ models: { file: async () => file, vad: async () => null } });
  expect(await engine.maxPieceMs('tiny', AbortSignal.timeout(5000))).toBe(expected);
});

test.each(['', 'GGUF0000000000000', '<html>not a model at all</html>'])('%j is no model', async (text) => {
  await expect(readWindowMs(await model(Buffer.from(text)))).rejects.toThrow('no model');
});

test('says that whisper.cpp is missing, and where it is looked for', async () => {
  const models = { file: async () => '', vad: async () => null };
  const missing = await new WhisperCli({ models, env: { PATH: '' } }).missing();
  expect(missing).toMatchObject({ code: 'whisper_missing', fix: expect.stringContaining('WHISPER_CLI') });
});
