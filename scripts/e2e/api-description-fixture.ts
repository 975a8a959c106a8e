/** The agent's own description of its REST API (`/api/openapi.json`) as a list of operations: tests go through all of it. */
import * as z from 'zod';

const parameter = z.object({
  name: z.string(),
  in: z.enum(['path', 'query']),
  schema: z.record(z.string(), z.unknown()),
});
const operation = z.object({
  parameters: z.array(parameter).default([]),
  security: z.array(z.unknown()).optional(),
  requestBody: z
    .object({ content: z.object({ 'application/json': z.object({ schema: z.record(z.string(), z.unknown()) }) }) })
    .optional(),
});
const description = z.object({ paths: z.record(z.string(), z.record(z.string(), operation)) });

export interface Operation {
  readonly method: string;
  /** As described, with `{id}` for parameters. */
  readonly path: string;
  readonly query: readonly z.infer<typeof parameter>[];
  /** Names of the parameters in the path. */
  readonly ids: readonly string[];
  /** JSON schema of the body; null where none is taken. */
  readonly body: Readonly<Record<string, unknown>> | null;
  /** Whether it says that it needs no token. */
  readonly open: boolean;
}

export function operationsOf(openApi: unknown): Operation[] {
  return Object.entries(description.parse(openApi).paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { parameters, security, requestBody }]) => ({
      method: method.toUpperCase(),
      path,
      query: parameters.filter((each) => each.in === 'query'),
      ids: parameters.filter((each) => each.in === 'path').map(({ name }) => name),
      body: requestBody?.content['application/json'].schema ?? null,
      open: security?.length === 0,
    })),
  );
}

/** The operation's address with these values for its parameters, written as they are. */
export function addressOf({ path }: Operation, ids: Readonly<Record<string, string>>): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => ids[name] ?? 'missing');
}

/** Values of every JSON type, and of sizes and forms that nobody means. */
const oddValues: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  1e300,
  '',
  'true',
  '1',
  '\u0000',
  'x'.repeat(30_000),
  [],
  ['base'],
  {},
  { $ne: null },
];

/** Bodies that break the schema: as a whole, in each field, and by a field that it does not have. */
export function brokenBodies(schema: Readonly<Record<string, unknown>>): unknown[] {
  const rule = z.fromJSONSchema(schema);
  const fields = Object.keys(z.record(z.string(), z.unknown()).parse(schema.properties));
  const candidates = [
    ...oddValues,
    ...fields.flatMap((field) => oddValues.map((value) => ({ [field]: value }))),
    { unknownField: 1 },
    Object.fromEntries([['constructor', 1]]),
    JSON.parse('{"__proto__": {"admin": true}}'),
  ];
  return candidates.filter((body) => !rule.safeParse(body).success);
}

/** Whether a body, whatever else is in it, could name a session: its fields for that. */
export function nameFields({ body }: Operation): string[] {
  const properties = z.record(z.string(), z.unknown()).catch({}).parse(body?.properties);
  return Object.keys(properties).filter((field) => field === 'name' || field === 'sessionName');
}
