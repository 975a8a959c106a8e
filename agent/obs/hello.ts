/** What OBS says first, before it is answered. */
import * as z from 'zod';
import { StreamAIError } from '../../shared/errors.ts';

/** OBS's challenge and salt have 44 characters. Our proof is hashed from them: a few megabytes of salt would take seconds. */
const helloSchema = z.object({
  authentication: z.object({ challenge: z.string().max(1000), salt: z.string().max(1000) }).optional(),
});

/** @throws StreamAIError obs_refused */
export function checkHello(hello: unknown): void {
  const { error } = helloSchema.safeParse(hello);
  if (error) throw new StreamAIError('obs_refused', { reason: 'Hello?' }, { cause: error });
}
