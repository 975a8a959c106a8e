/** The agent as the commands see it: found through the data folder, spoken to over REST, in the person's language. */
import { Agent as HttpAgent, request } from 'node:http';
import path from 'node:path';
import * as z from 'zod';
import { errorBodySchema } from '../../shared/error-schema.ts';
import type { ErrorInfo, Language } from '../../shared/errors.ts';
import type { LiveEvent } from '../../shared/live.ts';
import { urlHost } from '../config/agent-address.ts';
import type { AgentEnvironment } from '../config/environment.ts';
import { runningAddress } from '../config/running-agent.ts';
import { readToken } from '../config/token.ts';
import { isDatabaseInUse } from '../storage/database.ts';
import { openProvenChannel, type ProvenChannel } from './proven-channel.ts';

/** An error that the agent answered, its texts in the language that was asked for. */
export class AgentAnswer extends Error {
  readonly info: ErrorInfo;

  constructor(info: ErrorInfo) {
    super(info.message);
    this.info = info;
  }
}

/** How long an answer may take, ms: OBS has its time to confirm. */
const answerMs = 90_000;

type Place = Pick<AgentEnvironment, 'dataDir' | 'host' | 'port'>;

export class AgentClient {
  readonly url: string;
  readonly #channel: ProvenChannel;
  readonly #language: Language;

  private constructor(url: string, channel: ProvenChannel, language: Language) {
    this.url = url;
    this.#channel = channel;
    this.#language = language;
  }

  /** @returns null where no agent with this data folder's token answers @throws StreamAIError folder_unreadable */
  static async find(place: Place, language: Language): Promise<AgentClient | null> {
    const token = readToken(place.dataDir, language);
    if (token === null) return null;
    for (const url of placesOf(place)) {
      const channel = await openProvenChannel(url, token, language);
      if (channel !== null) return new AgentClient(url, channel, language);
    }
    return null;
  }

  /** Resolves when the agent, or we, ended it, with the close code; 1001 for an agent's orderly end. */
  get closed(): Promise<number> {
    return this.#channel.closed;
  }

  /** Calls the listener with each live event from now on. */
  listen(listener: (event: LiveEvent) => void): void {
    this.#channel.listen(listener);
  }

  /**
   * One request. @param body sent as JSON
   * @throws AgentAnswer with the agent's error; Error when it goes away meanwhile
   */
  async ask<T>(method: 'GET' | 'POST' | 'PUT', route: string, schema: z.ZodType<T>, body?: object): Promise<T> {
    const { status, text } = await this.#send(method, route, body === undefined ? '' : JSON.stringify(body));
    const json: unknown = text === '' ? null : JSON.parse(text);
    if (status < 300) return schema.parse(json);
    throw new AgentAnswer(errorBodySchema.parse(json).error);
  }

  close(): void {
    this.#channel.close();
  }

  #send(method: string, route: string, body: string): Promise<{ status: number; text: string }> {
    const headers = {
      authorization: `Bearer ${this.#channel.key}`,
      'accept-language': this.#language,
      ...(body === '' ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
    };
    return new Promise((resolve, reject) => {
      // An agent of its own: Node's common one may lead through a proxy, which this machine never does.
      const options = { method, headers, agent: new HttpAgent(), signal: AbortSignal.timeout(answerMs) };
      const call = request(`${this.url}${route}`, options, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
        response.on('error', reject);
      });
      call.on('error', reject);
      call.end(body);
    });
  }
}

/** Where the agent of this data folder could be: where it says itself, then where one would listen by the environment. */
function placesOf({ dataDir, host, port }: Place): ReadonlySet<string> {
  const said = runningAddress(dataDir) ?? undefined;
  const usual = port === 0 ? undefined : `http://${urlHost(host)}:${port}`;
  return new Set([said, usual].filter((url) => url !== undefined));
}

/** Whether any agent has this data folder, be it that it still starts, or ends. */
export const isFolderInUse = (dataDir: string): boolean => isDatabaseInUse(path.join(dataDir, 'streamai.db'));

/** For answers without anything in them. */
export const nothing = z.null();
