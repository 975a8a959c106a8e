import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { root, tools } from '../test/tools.ts';

/** What files may import and what not: specifiers, or whole statements where the form matters. */
const files: Record<string, { may?: string[]; not?: string[] }> = {
  'agent/main.ts': { may: ['./http/server.ts', './delivery.ts', './log.ts', '../shared/live.ts'] },
  'agent/cli/commands/start.ts': {
    may: ['../cli.ts', '../../run.ts', '../../config/token.ts'],
    not: ['../../../server/x.ts'],
  },
  'agent/run.ts': {
    not: ['./cli/cli.ts', '../dock/view.ts', '../scripts/x.ts', "import type { C } from '../server/x.ts';"],
  },
  'agent/http/routes/uploads.ts': { may: ['../../uploads/queue.ts', '../headers.ts'], not: ['../../agent.ts'] },
  'agent/retention/retention.ts': { may: ['../sessions/history.ts'], not: ['../http/live.ts'] },
  'agent/sessions/chapters/export.ts': {
    may: ['../marks.ts', '../../obs/events.ts'],
    not: [
      '../../retention/decide.ts',
      '../../../agent/http/live.ts',
      '../../new-folder/x.ts',
      "import type { D } from '../../http/live.ts';",
      "export { e } from '../../http/live.ts';",
      "export type * from '../../http/live.ts';",
      "export const f = await import('../../http/live.ts');",
      "export type G = import('../../http/live.ts').G;",
    ],
  },
  'agent/uploads/queue.ts': { may: ['./destinations/object-storage/etag.ts'], not: ['../sessions/history.ts'] },
  'agent/uploads/destinations/destinations-service.ts': { may: ['./processing/form.ts'], not: ['../queue.ts'] },
  'agent/uploads/destinations/pacer.ts': {
    may: ['./failures.ts', '../../obs/events.ts'],
    not: ['../queue.ts', './destinations-service.ts', './object-storage/etag.ts', './processing/form.ts'],
  },
  'agent/uploads/destinations/object-storage/janitor.ts': {
    may: ['./parts/plan.ts', './s3/client.ts', '../failures.ts'],
    not: ['../destinations-service.ts', '../../queue.ts', '../processing/form.ts', '../processing/http/get.ts'],
  },
  'agent/uploads/destinations/object-storage/parts/plan.ts': { may: ['../hashing/hasher.ts'], not: ['../etag.ts'] },
  'agent/uploads/destinations/object-storage/hashing/hasher.ts': { may: ['../s3/xml.ts'], not: ['../parts/plan.ts'] },
  'agent/uploads/destinations/object-storage/s3/client.ts': {
    may: ['../../destination.ts', '../../../../backoff.ts'],
    not: ['../hashing/hasher.ts', '../../destinations-service.ts'],
  },
  'agent/uploads/destinations/processing/tasks/tracker.ts': {
    may: ['../form.ts', '../http/get.ts', '../../failures.ts'],
    not: ['../../object-storage/s3/client.ts'],
  },
  'agent/uploads/destinations/processing/http/get.ts': { not: ['../tasks/tracker.ts', '../form.ts'] },
  'agent/obs/events.ts': { may: ['../config/data-dir.ts', 'hono'], not: ['../uploads/queue.ts'] },
  'agent/config/settings.ts': { may: ['../files/x.ts'], not: ['../obs/events.ts'] },
  'agent/files/x.ts': { may: ['../storage/database.ts'], not: ['../config/settings.ts'] },
  'agent/storage/database.ts': { may: ['../clock.ts'], not: ['../files/x.ts'] },
  'agent/log.ts': { may: ['./log/file.ts', '../package.json'], not: ['./storage/database.ts', './main.ts'] },
  'agent/new-folder/x.ts': { not: ['../clock.ts'] },
  'agent/obs/events.test.ts': { may: ['../http/live.ts', '../../scripts/rig/obs.ts'] },
  'agent/obs/obs-fixture.ts': { may: ['../http/live.ts', '../../scripts/rig/obs.ts'] },
  'dock/components/Card.tsx': {
    may: [
      '../agent/store.ts',
      "import type { B } from '../../agent/http/app.ts';",
      "import type * as C from '../../agent/http/app.ts';",
      "export type { D } from '../../agent/http/app.ts';",
      "export type E = import('../../agent/http/app.ts').E;",
    ],
    not: [
      '../../agent/http/app.ts',
      "import '../../agent/http/app.ts';",
      "import { type F } from '../../agent/http/app.ts';",
      "import type from '../../agent/http/app.ts';",
      "export * from '../../agent/http/app.ts';",
      "export const g = await import('../../agent/http/app.ts');",
    ],
  },
  'shared/live.ts': {
    may: ['./errors.ts', 'zod'],
    not: ['../dock/view.ts', '../scripts/x.ts', '../server/x.ts', "import type { C } from '../agent/clock.ts';"],
  },
  'server/routes/x.ts': {
    may: ['../store.ts', '../../shared/live.ts'],
    not: ['../../agent/clock.ts', '../../dock/view.ts', "import type { C } from '../../scripts/x.ts';"],
  },
  'scripts/circle/a.ts': { not: ['./b.ts'] },
  'scripts/circle/b.ts': { not: ["import type { C } from './c.ts';"] },
  'scripts/circle/c.ts': { not: ["export { d } from './d.ts';"] },
  'scripts/circle/d.ts': { not: ["export const a = await import('./a.ts');"] },
  'scripts/circle/outside.ts': { may: ['./a.ts'] },
};

const statement = (text: string): string => (/^(?:im|ex)port /.test(text) ? text : `import { a } from '${text}';`);

describe('an import', () => {
  let folder: string;
  /** `file:line` */
  const refused = new Set<string>();

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'streamai-layers-'));
    for (const needed of ['biome.json', 'scripts/check']) {
      await cp(path.join(root, needed), path.join(folder, needed), { recursive: true });
    }
    for (const [file, { may = [], not = [] }] of Object.entries(files)) {
      await mkdir(path.join(folder, path.dirname(file)), { recursive: true });
      await writeFile(path.join(folder, file), [...may, ...not].map(statement).join('\n'));
    }
    const args = ['lint', '--vcs-enabled=false', '--reporter=github', '--max-diagnostics=none'];
    const output = await new Promise<string>((resolve) => {
      execFile(process.execPath, [tools.biome, ...args], { cwd: folder }, (_error, stdout) => resolve(stdout));
    });
    for (const [, rule, name, line] of output.matchAll(/ title=(.+?),file=(.+?),line=(\d+)/g)) {
      const file = path.relative(folder, name ?? '').replaceAll(path.sep, '/');
      if (rule === (file.startsWith('scripts/circle/') ? 'lint/suspicious/noImportCycles' : 'plugin')) {
        refused.add(`${file}:${line}`);
      }
    }
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const cases = Object.entries(files).flatMap(([file, { may = [], not = [] }]) =>
    [...may, ...not].map(
      (text, index) => [index >= may.length ? 'refused' : 'allowed', file, text, index + 1] as const,
    ),
  );
  test.each(cases)('is %s in %s: %s', (verdict, file, _text, line) => {
    expect(refused.has(`${file}:${line}`) ? 'refused' : 'allowed').toBe(verdict);
  });
});
