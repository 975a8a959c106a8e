import type { AgentProcess } from './agent-process.ts';

/** Records a session that is not uploaded by itself. @returns its one file, closed: it can be given any content */
export async function recordSession(agent: AgentProcess, sessionName: string): Promise<{ id: string; file: string }> {
  const { id } = await agent.api.start({ sessionName, autoUpload: false });
  await agent.api.command('stop');
  const file = (await agent.live.recorded(id)).recordings[0]?.path;
  if (file === undefined) throw new Error('the session has no recording');
  return { id, file };
}
