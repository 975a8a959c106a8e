/** Where StreamAI is reached, whether it is, and whether it starts with the computer. */
import { createServer } from 'node:net';
import * as z from 'zod';
import { urlHost } from '../../config/agent-address.ts';
import { askJson } from '../ask-json.ts';
import { type Checks, codeOf, fault, orNull, warning } from '../check.ts';

const healthSchema = z.looseObject({ status: z.string(), version: z.string() });

export const listeningChecks = {
  async port(facts) {
    const environment = await orNull(facts.environment());
    if (environment === null) return null;
    const { host, port } = environment;
    if (facts.world.agent !== null)
      return facts.world.agent.localhostTaken() ? [warning('doctor_localhost_taken', { port })] : [];
    if ((await facts.agentAnswers()) !== 'none') return [];
    const problem = await listenProblem(host, port);
    if (problem === null) return [];
    if (problem === 'EACCES') return [fault('doctor_port_reserved', { port })];
    if (problem !== 'EADDRINUSE') return [fault('doctor_address_unusable', { host })];
    const health = await askJson(`http://${urlHost(host)}:${port}/api/health`);
    const isStreamAI = healthSchema.safeParse(health).success;
    return [isStreamAI ? fault('doctor_port_other_agent', { port }) : fault('port_in_use', { port })];
  },

  async agent(facts) {
    const { agent, program } = facts.world;
    if (agent !== null) return [];
    if ((await orNull(facts.environment())) === null) return null;
    const found = await facts.agentAnswers();
    if (found === 'none') return [warning('agent_not_running', { command: program.startCommand }, 'start')];
    const { version: running } = found;
    if (running === program.version) return [];
    return [warning('doctor_other_version', { running, own: program.version }, 'restart')];
  },

  async autostart(facts) {
    const { on, command, programExists } = await facts.world.autostart();
    if (!on) return [warning('doctor_autostart_off', {}, 'autostart')];
    if (programExists !== false) return [];
    return [fault('doctor_autostart_broken', { program: command?.join(' ') ?? '' }, 'autostart')];
  },
} satisfies Checks;

/** null: it can be listened at. */
function listenProblem(host: string, port: number): Promise<string | null> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', (error) => resolve(codeOf(error) || 'unknown'));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(null)));
  });
}
