/** The running agent without OBS, in folders of its own: for what strangers send it, which changes nothing. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'vitest';
import { AgentProcess } from '../../rig/agent-process.ts';
import { freePort } from '../../rig/free-port.ts';

export class LoneAgent {
  readonly agent: AgentProcess;
  readonly folder: string;

  private constructor(agent: AgentProcess, folder: string) {
    this.agent = agent;
    this.folder = folder;
  }

  /** `env`: further environment. */
  static async start(env: Readonly<Record<string, string>> = {}): Promise<LoneAgent> {
    const folder = await mkdtemp(path.join(tmpdir(), 'streamai-hostile-'));
    const home = path.join(folder, 'home');
    await mkdir(home);
    const agent = new AgentProcess(path.join(folder, 'data'), {
      ...{ HOME: home, USERPROFILE: home, APPDATA: home, XDG_CONFIG_HOME: home },
      // Nobody is there.
      ...{ OBS_HOST: '127.0.0.1', OBS_PORT: String(await freePort()) },
      ...env,
    });
    await agent.start();
    // Else the time would be in the next session's name, and everything another a second later.
    await agent.api.call('PUT', '/api/settings', { nameTemplate: 'Session' });
    return new LoneAgent(agent, folder);
  }

  get port(): number {
    return Number(new URL(this.agent.url).port);
  }

  /** All that strangers could have changed. */
  async state(): Promise<unknown> {
    const routes = [
      '/api/settings',
      '/api/integrated/next-session',
      '/api/integrated/recordings',
      '/api/obs/connection',
    ];
    return Promise.all(routes.map((route) => this.agent.api.call('GET', route)));
  }

  /** Wants it alive, and at everybody's service within a second. */
  async expectWell(): Promise<void> {
    const startedAt = performance.now();
    expect(await this.agent.api.call('GET', '/api/health')).toMatchObject({ status: 200 });
    expect(performance.now() - startedAt).toBeLessThan(1000);
  }

  async dispose(): Promise<void> {
    await this.agent.dispose();
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
