/** The agent's REST API as tests use it; answers are checked against the shared schemas. */
import { request } from 'node:http';
import type * as z from 'zod';
import {
  type ManualUpload,
  type NextSessionChange,
  nextSessionChangeSchema,
  type StartRecording,
  type Status,
  sessionAnswerSchema,
  sessionsPageSchema,
  statusSchema,
  uploadAnswerSchema,
  uploadsAnswerSchema,
} from '../../shared/api.ts';
import {
  type NextSession,
  nextSessionSchema,
  type RecordingStatus,
  recordingStatusSchema,
  type Session,
  type Upload,
} from '../../shared/domain.ts';

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

export class Api {
  readonly #url: string;
  readonly #token: string;

  constructor(url: string, token: string) {
    this.#url = url;
    this.#token = token;
  }

  /** Any call; a body is sent as JSON. */
  call(method: string, route: string, body?: unknown): Promise<Answer> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    // The length is said outright: left to itself, Node frames no body of a DELETE.
    const content =
      text === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
    const headers = { authorization: `Bearer ${this.#token}`, ...content };
    return new Promise((resolve, reject) => {
      const call = request(`${this.#url}${route}`, { method, headers, agent: false }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const answer = Buffer.concat(chunks).toString();
          resolve({ status: response.statusCode ?? 0, body: answer === '' ? null : JSON.parse(answer) });
        });
        response.on('error', reject);
      });
      call.on('error', reject);
      call.end(text);
    });
  }

  async status(): Promise<Status> {
    return this.#ask('GET', '/api/integrated/status', statusSchema);
  }

  async start(body: StartRecording = {}): Promise<Session> {
    return (await this.#ask('POST', '/api/integrated/recording/start', sessionAnswerSchema, body)).session;
  }

  async command(name: 'stop' | 'pause' | 'resume' | 'split'): Promise<Session> {
    return (await this.#ask('POST', `/api/integrated/recording/${name}`, sessionAnswerSchema)).session;
  }

  async recordingStatus(): Promise<RecordingStatus> {
    return this.#ask('GET', '/api/integrated/recording/status', recordingStatusSchema);
  }

  async session(id: string): Promise<Session> {
    return (await this.#ask('GET', `/api/integrated/recordings/${id}`, sessionAnswerSchema)).session;
  }

  async sessions(query = ''): Promise<Session[]> {
    return (await this.#ask('GET', `/api/integrated/recordings${query}`, sessionsPageSchema)).sessions;
  }

  async upload(body: ManualUpload): Promise<Upload[]> {
    return (await this.#ask('POST', '/api/integrated/upload/manual', uploadsAnswerSchema, body)).uploads;
  }

  async discard(id: string): Promise<Session> {
    return (await this.#ask('POST', `/api/integrated/recordings/${id}/discard`, sessionAnswerSchema)).session;
  }

  async uploadCommand(id: string, name: 'pause' | 'resume' | 'retry' | 'cancel'): Promise<Upload> {
    return (await this.#ask('POST', `/api/integrated/uploads/${id}/${name}`, uploadAnswerSchema)).upload;
  }

  async nextSession(change: NextSessionChange): Promise<NextSession> {
    return this.#ask('PUT', '/api/integrated/next-session', nextSessionSchema, nextSessionChangeSchema.parse(change));
  }

  async #ask<T>(method: string, route: string, schema: z.ZodType<T>, body?: unknown): Promise<T> {
    const answer = await this.call(method, route, body);
    if (answer.status >= 300) throw new Error(`${method} ${route}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return schema.parse(answer.body);
  }
}
