/** What every command gets: where it writes, its words, where the agent is found. */
import { type ErrorInfo, type Language, StreamAIError } from '../../shared/errors.ts';
import { type AgentEnvironment, readEnvironment, thisMachine } from '../config/environment.ts';
import { AgentAnswer, AgentClient } from './client.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import type { TerminalOutput } from './terminal-output.ts';
import { type Words, words } from './words.ts';

/** How this StreamAI was started: from a checkout or as an installed program. */
export interface Installation {
  /** What a person types to start it: `npm start`, `streamai start`. */
  readonly startCommand: string;
  /** Program and arguments that run one of our commands, such as `start`, without a terminal. */
  readonly run: (command: string) => readonly [program: string, ...args: string[]];
  /** What has to be there before the agent starts, such as the built dock of a checkout. */
  readonly prepare: (say: (line: string) => void) => Promise<void>;
}

export class Cli {
  readonly installation: Installation;
  readonly output: TerminalOutput;
  readonly language: Language;
  readonly words: Words;
  /** Whether this command answers in JSON. */
  json = false;
  exitCode: ExitCode = exitCodes.done;

  constructor(installation: Installation, output: TerminalOutput, language: Language) {
    this.installation = installation;
    this.output = output;
    this.language = language;
    this.words = words[language];
  }

  /** @throws StreamAIError config_invalid */
  environment(): AgentEnvironment {
    return readEnvironment(thisMachine(), this.language);
  }

  /** Does something with the agent that runs. @throws StreamAIError agent_not_running */
  async withAgent<T>(work: (agent: AgentClient) => Promise<T>): Promise<T> {
    const agent = await AgentClient.find(this.environment(), this.language);
    if (agent === null) throw this.notRunning();
    try {
      return await work(agent);
    } finally {
      agent.close();
    }
  }

  notRunning(): StreamAIError {
    return new StreamAIError('agent_not_running', { command: this.installation.startCommand });
  }

  /** The answer of a command: one line of JSON, or text for a person. */
  answer(json: object, text: () => string): void {
    this.output.say(this.json ? JSON.stringify(json) : text());
  }

  /** Says what went wrong and what to do, never more: what is not made for people is told as `internal`. */
  fail(error: unknown): void {
    const info = this.#infoOf(error);
    this.exitCode = info.code === 'agent_not_running' ? exitCodes.notRunning : exitCodes.failed;
    if (this.json) this.output.say(JSON.stringify({ error: info }));
    else this.output.note(this.sentence(info));
  }

  /** An error as one line: its message and its fix. */
  sentence({ message, fix }: ErrorInfo): string {
    return fix === undefined ? message : `${message} ${fix}`;
  }

  #infoOf(error: unknown): ErrorInfo {
    if (error instanceof AgentAnswer) return error.info;
    return (error instanceof StreamAIError ? error : new StreamAIError('internal', {}, { cause: error })).info(
      this.language,
    );
  }
}
