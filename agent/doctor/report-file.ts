/** One file for whoever is asked for help: what was found, versions, settings and the log's end; no secret, and no name of the person. */
import { open, readFile } from 'node:fs/promises';
import { release } from 'node:os';
import type { DoctorReport } from '../../shared/doctor.ts';
import { publicSettingsSchema, type Settings, secretSettings } from '../../shared/settings.ts';
import { Redactor } from '../log/redaction.ts';
import { plainLines } from '../plain-text.ts';
import { reportText } from './report-text.ts';

export interface ReportParts {
  readonly report: DoctorReport;
  /** null: they cannot be read. */
  readonly settings: Settings | null;
  /** Further values that must not be in it, such as the token. */
  readonly secrets: readonly (string | null)[];
  /** The user's profile, which stands as `~`: it names them. */
  readonly home: string;
  /** The log's last lines. */
  readonly log: readonly string[];
}

/** In English, for whoever helps. */
export function reportFileText({ report, settings, secrets, home, log }: ReportParts): string {
  const redactor = new Redactor();
  const keys =
    settings === null ? [] : [...secretSettings, 'objectStorageAccessKey' as const].map((name) => settings[name]);
  for (const secret of [...secrets, ...keys]) if (secret) redactor.add(secret);
  const clean = (text: string): string => withoutHome(redactor.text(plainLines(text)), home);
  const lines = (texts: readonly string[]): string => texts.map(clean).join('\n');
  return [
    `StreamAI ${report.version}`,
    `Node ${process.version}, ${process.platform} ${release()}, ${process.arch}`,
    new Date().toISOString(),
    '',
    lines(reportText(report, 'en').split('\n')),
    '',
    'Codes',
    ...report.checks
      .filter(({ notices }) => notices.length > 0)
      .map(({ code, state, notices }) => `${code} ${state}: ${notices.map((notice) => notice.code).join(', ')}`),
    '',
    'Settings',
    settings === null ? '(not read)' : lines(settingLines(settings)),
    '',
    'Log',
    lines(log),
    '',
  ].join('\n');
}

/** Of secrets only whether they are set; of Object Storage's access key too, which is half of one. */
function settingLines(settings: Settings): string[] {
  const shown = Object.entries({ ...publicSettingsSchema.parse(settings), objectStorageAccessKey: undefined });
  const values = shown
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}: ${JSON.stringify(value)}`);
  const hidden = [...secretSettings, 'objectStorageAccessKey' as const];
  return [...values, ...hidden.map((name) => `${name}: ${settings[name] === null ? 'not set' : 'set'}`)];
}

function withoutHome(text: string, home: string): string {
  return home.length > 1 ? text.replaceAll(home, '~').replaceAll(home.replaceAll('\\', '\\\\'), '~') : text;
}

/** Never over what lies there. @throws the file system's error */
export async function writeReport(file: string, text: string): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.writeFile(text);
  } finally {
    await handle.close();
  }
}

const tailLines = 200;

/** The end of a log; none where there is none. */
export async function logTail(file: string): Promise<string[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.split('\n').slice(-tailLines - 1);
}
