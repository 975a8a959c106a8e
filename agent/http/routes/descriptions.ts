/** How the routes describe their bodies and answers to zod-openapi. */
import { OpenAPIHono } from '@hono/zod-openapi';
import * as z from 'zod';
import { errorBodySchema } from '../../../shared/error-schema.ts';
import { validationHook } from '../problems.ts';

const json = <T extends z.ZodType>(schema: T) => ({ 'application/json': { schema } });

/** An answer with its schema. */
export const answer = <T extends z.ZodType>(schema: T, description: string) => ({ description, content: json(schema) });

const problem = answer(errorBodySchema, 'What went wrong: a stable code, what it means, and what to do');
/** What every route answers when it fails. Ranges, so that a typed client knows by `ok` which body it has. */
export const problems = { '4XX': problem, '5XX': problem } as const;

/** A body that must be there. */
export const body = <T extends z.ZodType>(schema: T) => ({ content: json(schema), required: true as const });

/** A body that may be left out. */
export const optionalBody = <T extends z.ZodType>(schema: T) => ({ content: json(schema), required: false as const });

/** The one parameter of addresses such as `/uploads/{id}`. Whether it names anything is for the service to say. */
export const idParam = <N extends string>(name: N) =>
  z.object({ [name]: z.string().min(1).max(100) } as Record<N, z.ZodString>);

/** An app for one group of routes. */
export const routeGroup = () => new OpenAPIHono({ defaultHook: validationHook });
