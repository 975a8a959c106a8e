/**
 * Counts hostile inputs: `npm test` says at its end how many were tried, by whom, and how many were let in. A table is a `test.each`
 * with one line for each input, in the `describe` of who sends it; a test that passes is an input that was held:
 *
 *     describe('a web page', () => {
 *       countAs('web page');
 *       test.each(['null', 'http://evil.example'])('with Origin %s is refused', async (origin) => …);
 *     });
 */
import { beforeEach, type TestContext } from 'vitest';

/** From whom an input comes: SECURITY.md says what each may do and what it may not. */
export type Attacker = 'web page' | 'local user' | 'OBS' | 'processing server' | 'store' | 'uploader';

declare module 'vitest' {
  interface TaskMeta {
    /** Read by scripts/test/hostile.ts. */
    attacker?: Attacker;
    inputs?: number;
    figure?: string;
  }
}

/** From here on, every test of this `describe`, or of the file, is one input of this attacker: let in if the test fails. */
export function countAs(attacker: Attacker): void {
  beforeEach(({ task }) => {
    task.meta.attacker = attacker;
  });
}

/** A test that goes through so many inputs by itself counts as so many. */
export function countInputs({ task }: Pick<TestContext, 'task'>, inputs: number): void {
  task.meta.inputs = inputs;
}

/** Has `npm test` print a line at its end, such as what a fuzzer measured. */
export function printFigure({ task }: Pick<TestContext, 'task'>, line: string): void {
  task.meta.figure = line;
}
