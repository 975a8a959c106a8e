/** A new token, whether the agent runs or not: one that runs makes it itself, so that the old one ends in it too. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { tokenAnswerSchema } from '../../shared/api.ts';
import type { Language } from '../../shared/errors.ts';
import { renewToken } from '../config/token.ts';
import { openDatabase } from '../storage/database.ts';
import type { AgentClient } from './client.ts';

/**
 * @param agent null where none answers
 * @returns the new token
 * @throws StreamAIError folder_unreadable | data_dir_in_use: an agent has the data folder that does not answer
 */
export async function renewEverywhere(agent: AgentClient | null, dataDir: string, language: Language): Promise<string> {
  if (agent !== null) return (await agent.ask('POST', '/api/token', tokenAnswerSchema, { new: true })).token;
  // No agent may have the folder: it would go on with the old token.
  const database = path.join(dataDir, 'streamai.db');
  if (existsSync(database)) openDatabase(database).close();
  return renewToken(dataDir, language);
}
