/** What a session's details ask of the agent: part of their file, as they are. */
import type { ChapterFormat, Link, Verification } from '../../shared/api.ts';
import type { Language } from '../../shared/errors.ts';
import { type AgentClient, markPath, sessionPath, uploadPath } from './client.ts';

export interface DetailsCalls {
  /** Removes a session from the history; its files stay. */
  forget(id: string): Promise<void>;
  /** From now on nothing of the session is uploaded by itself. */
  discard(id: string): Promise<void>;
  /** Shows the session's file in the file manager of the agent's machine. */
  openFolder(id: string): Promise<void>;
  deleteMark(id: string, markId: string): Promise<void>;
  /** The session's chapters as the text of a file. */
  exportChapters(id: string, format: ChapterFormat, language: Language): Promise<string>;
  /** Proves an upload again: the agent reads the whole file, which can take long. */
  verify(uploadId: string): Promise<Verification>;
  /** A link to an uploaded object that works without keys. */
  link(uploadId: string, expiresInSeconds: number): Promise<Link>;
}

/** A whole file is read, from a disk that OBS may be writing to. */
const verifyTimeoutMs = 30 * 60_000;

export function detailsCalls(client: AgentClient): DetailsCalls {
  return {
    forget: (id) => client.send('DELETE', sessionPath(id)),
    discard: (id) => client.send('POST', `${sessionPath(id)}/discard`, {}),
    openFolder: (id) => client.send('POST', `${sessionPath(id)}/open-folder`, {}),
    deleteMark: (id, markId) => client.send('DELETE', markPath(id, markId)),
    async exportChapters(id, format, language) {
      const response = await client.request('GET', `${sessionPath(id)}/chapters?format=${format}&language=${language}`);
      return response.text();
    },
    verify: async (id) => (await client.query('POST', `${uploadPath(id)}/verify`, {}, verifyTimeoutMs)) as Verification,
    link: async (id, expiresInSeconds) =>
      (await client.query('POST', `${uploadPath(id)}/link`, { expiresInSeconds })) as Link,
  };
}
