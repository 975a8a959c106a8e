/** `doctor`'s work: looks, mends if it is asked to, and writes a report if it is asked to. */
import path from 'node:path';
import { statusSchema } from '../../shared/api.ts';
import type { DoctorCheckCode, DoctorReport } from '../../shared/doctor.ts';
import { doctorReportSchema } from '../../shared/doctor.ts';
import { folderProblem, logFile } from '../config/data-dir.ts';
import { thisMachine } from '../config/environment.ts';
import { readToken } from '../config/token.ts';
import { orNull } from '../doctor/check.ts';
import { type AgentAnswers, Facts } from '../doctor/facts.ts';
import { probeObs } from '../doctor/probe-obs.ts';
import { logTail, reportFileText, writeReport } from '../doctor/report-file.ts';
import { reportText } from '../doctor/report-text.ts';
import { examine, reportOf } from '../doctor/run-checks.ts';
import { thisWorld } from '../doctor/this-machine.ts';
import { doctorWords } from '../doctor/words.ts';
import { productFiles } from '../product-files.ts';
import { autostartState } from './autostart/autostart.ts';
import { thisSystem } from './autostart/system.ts';
import type { Cli } from './cli.ts';
import { AgentClient } from './client.ts';
import { exitCodes } from './exit-codes.ts';
import { mendAll } from './mend.ts';

/** Of this program, not of the one that runs: it may be another, and have another environment. */
const own: readonly DoctorCheckCode[] = ['env_file', 'node', 'program_files', 'agent', 'autostart'];

/** As the parser has them. */
interface Options {
  readonly fix?: true;
  readonly report?: string;
}

export async function doctor(cli: Cli, { fix, report: file }: Options): Promise<void> {
  const words = doctorWords[cli.language];
  const world = worldOf(cli);
  const notes: string[] = [];
  let report = await look(cli, world);
  if (fix) {
    notes.push(...(await mendAll(cli, report)));
    // What was mended may have kept others from being looked at.
    if (notes.length > 0) report = await look(cli, worldOf(cli));
  }
  if (file !== undefined) {
    const target = path.resolve(file);
    await writeReport(target, await reportParts(world, report)).catch((error: unknown) => {
      throw folderProblem(target, error, cli.language);
    });
    notes.push(words.reportWritten(target));
  }
  if (report.counts.fault > 0) cli.exitCode = exitCodes.failed;
  cli.answer({ ...report, ...(notes.length > 0 && { notes }) }, () =>
    [reportText(report, cli.language, cli.output), ...notes].join('\n'),
  );
}

function worldOf(cli: Cli) {
  const { language, installation } = cli;
  return thisWorld({
    source: thisMachine(),
    language,
    startCommand: installation.startCommand,
    dockDir: productFiles.dock,
    agent: null,
    findAgent: () => answering(cli),
    autostart: () => autostartState(thisSystem()),
  });
}

async function answering(cli: Cli): Promise<AgentAnswers> {
  const agent = await findAgent(cli);
  if (agent === null) return 'none';
  try {
    const { version } = await agent.ask('GET', '/api/integrated/status', statusSchema);
    return { url: agent.url, version };
  } finally {
    agent.close();
  }
}

const findAgent = (cli: Cli): Promise<AgentClient | null> =>
  orNull((async () => AgentClient.find(cli.environment(), cli.language))());

/** The agent knows what it has in hand, such as its database and its connection to OBS; the rest is looked at here. */
async function look(cli: Cli, world: ReturnType<typeof worldOf>): Promise<DoctorReport> {
  const agent = await findAgent(cli);
  if (agent === null) return examine(world);
  try {
    // One of an earlier version has no such list.
    const there = await orNull(agent.ask('GET', '/api/doctor', doctorReportSchema));
    if (there === null) return await examine(world);
    const here = await examine(world, { only: own });
    const checks = there.checks.map((check) => here.checks.find(({ code }) => code === check.code) ?? check);
    return reportOf(here.version, checks);
  } finally {
    agent.close();
  }
}

async function reportParts(world: ReturnType<typeof worldOf>, report: DoctorReport): Promise<string> {
  const facts = new Facts(world, probeObs);
  const [environment, settings, place] = await Promise.all([
    orNull(facts.environment()),
    orNull(facts.settings()),
    orNull(facts.obsPlace()),
  ]);
  const dataDir = environment?.dataDir;
  const token = dataDir === undefined ? null : await orNull((async () => readToken(dataDir))());
  const proxies = [environment?.proxies.http, environment?.proxies.https];
  return reportFileText({
    report,
    settings,
    secrets: [
      token,
      place?.password ?? null,
      ...proxies.map((proxy) => proxy?.authorization?.replace('Basic ', '') ?? null),
    ],
    home: world.source.home,
    log: dataDir === undefined ? [] : await logTail(logFile(dataDir)),
  });
}
