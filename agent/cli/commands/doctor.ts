import type { Command } from 'commander';
import type { Bodies, DoctorOptions } from '../bodies.ts';
import type { Cli } from '../cli.ts';
import { act, addCommand, type CommonOptions } from '../command.ts';

/** `doctor`: what is wrong on this machine, and what mends it. */
export function addDoctor(parent: Command, cli: Cli, work: NonNullable<Bodies['doctor']>): void {
  const own = cli.words.doctor;
  addCommand(parent, cli, 'doctor', own.summary)
    .option('--fix', own.fix)
    .option('--report <file>', own.report)
    .action(act(cli, (options: CommonOptions & DoctorOptions) => work(cli, options)));
}
