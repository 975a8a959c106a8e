/** The agent's HTTP side: checks first, then the routes, then the dock's files. */
import { OpenAPIHono } from '@hono/zod-openapi';
import type { MiddlewareHandler } from 'hono';
import { StreamAIError } from '../../shared/errors.ts';
import type { Log } from '../log.ts';
import type { AgentServices } from '../services.ts';
import { jsonBody } from './body.ts';
import { closedContentSecurityPolicy, contentSecurityPolicy, protectiveHeaders } from './headers.ts';
import { localiseAnswers } from './localise.ts';
import { describeApi } from './openapi.ts';
import { onError, onNotFound } from './problems.ts';
import { destinationRoutes } from './routes/destinations.ts';
import { doctorRoutes } from './routes/doctor.ts';
import { markRoutes } from './routes/marks.ts';
import { nextSessionRoutes } from './routes/next-session.ts';
import { obsRoutes } from './routes/obs.ts';
import { recordingRoutes } from './routes/recording.ts';
import { sessionRoutes } from './routes/sessions.ts';
import { settingsRoutes } from './routes/settings.ts';
import { setupRoutes } from './routes/setup.ts';
import { shutdownRoutes } from './routes/shutdown.ts';
import { healthPath, statusRoutes } from './routes/status.ts';
import { tokenRoutes } from './routes/token.ts';
import { uploadRoutes } from './routes/uploads.ts';
import { isAllowedHost, refusal, type SecurityPolicy } from './security.ts';
import { dockFiles } from './static.ts';

export interface AppOptions {
  readonly policy: SecurityPolicy;
  /** Where the dock's page is: `127.0.0.1:5002`, one of the policy's hosts for pages. */
  readonly pageHost: string;
  /** Folder of the built dock; it may not exist yet. */
  readonly dockDir: string;
  readonly log: Log;
}

/** All routes with their types: what `hc<AppType>` in the dock is made from. */
const apiRoutes = (services: AgentServices) =>
  new OpenAPIHono()
    .route('/', statusRoutes(services))
    .route('/', recordingRoutes(services))
    .route('/', sessionRoutes(services))
    .route('/', markRoutes(services))
    .route('/', uploadRoutes(services))
    .route('/', destinationRoutes(services))
    .route('/', nextSessionRoutes(services))
    .route('/', settingsRoutes(services))
    .route('/', obsRoutes(services))
    .route('/', setupRoutes(services))
    .route('/', doctorRoutes(services))
    .route('/', tokenRoutes(services))
    .route('/', shutdownRoutes(services));
export type AppType = ReturnType<typeof apiRoutes>;

/** Builds the app. Every request goes through `guard` first, whatever its address. */
export function createApp(services: AgentServices, { policy, pageHost, dockDir, log }: AppOptions): OpenAPIHono {
  const app = new OpenAPIHono();
  app.onError(onError(log));
  app.notFound(onNotFound(app.routes));
  app.use('*', answerHeaders(services, policy));
  app.use('*', guard(policy));
  app.use('/api/*', jsonBody());
  app.use('/api/*', localiseAnswers());
  app.route('/', apiRoutes(services));
  describeApi(app, services.version);
  app.use('*', pages(policy, pageHost, dockDir));
  return app;
}

const isApi = (path: string): boolean => path === '/api' || path.startsWith('/api/');

function answerHeaders({ obs }: AgentServices, { hosts }: SecurityPolicy): MiddlewareHandler {
  return async (c, next) => {
    await next();
    for (const [name, value] of Object.entries(protectiveHeaders)) c.res.headers.set(name, value);
    const host = c.req.header('host')?.toLowerCase() ?? '';
    const ours = hosts.has(host) && !isApi(c.req.path);
    c.res.headers.set(
      'Content-Security-Policy',
      ours ? contentSecurityPolicy(host, obs.status().address) : closedContentSecurityPolicy,
    );
    if (!c.res.headers.has('Cache-Control')) c.res.headers.set('Cache-Control', 'no-store');
  };
}

function guard(policy: SecurityPolicy): MiddlewareHandler {
  return async (c, next) => {
    const { method, path } = c.req;
    // Without the token: the dock's files, which hold no secret, and the health check. Nothing else, not even what is not there.
    const reads = method === 'GET' || method === 'HEAD';
    const open = reads && (path === healthPath || !isApi(path));
    const code = refusal({ method, header: (name) => c.req.header(name) }, policy, !open);
    if (code !== null) throw new StreamAIError(code);
    // A request line with a whole address in it can name another host than the Host header does.
    if (!isAllowedHost(new URL(c.req.url).host, policy)) throw new StreamAIError('host_not_allowed');
    // Hono would do for HEAD what GET does, and leave the body out; nobody needs that here.
    if (method === 'HEAD' && isApi(path)) throw new StreamAIError('method_not_allowed', { methods: 'GET' });
    await next();
  };
}

/** At a name that another user's program can have too, such as `localhost`, the page is sent on to where it is safe. */
function pages({ pageHosts }: SecurityPolicy, pageHost: string, dockDir: string): MiddlewareHandler {
  const files = dockFiles(dockDir);
  return (c, next) => {
    if (isApi(c.req.path)) return next();
    const reads = c.req.method === 'GET' || c.req.method === 'HEAD';
    if (!reads || pageHosts.has(c.req.header('host')?.toLowerCase() ?? '')) return files(c, next);
    const { pathname, search } = new URL(c.req.url);
    // Kept by nobody (no-store): another program may have this port another day.
    return Promise.resolve(c.redirect(`http://${pageHost}${pathname}${search}`, 308));
  };
}
