/** What a processing server says of itself at GET /health, as far as we use it. */
import * as z from 'zod';
import { parseJson } from './http/json.ts';

const schema = z.object({ accepts: z.array(z.string().max(100)).max(100) });

/** The form fields in which its upload route takes a file; a server that does not say takes `file`, as all do. */
export function parseAccepts(text: string): readonly string[] {
  const parsed = schema.safeParse(parseJson(text));
  return parsed.success ? parsed.data.accepts : ['file'];
}
