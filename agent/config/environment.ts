/** What the environment and `.env` say: where the agent listens and keeps its data, and which settings they fix. */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import * as z from 'zod';
import { type Language, StreamAIError } from '../../shared/errors.ts';
import { isLoopback } from '../../shared/ip-address.ts';
import { parseObsAddress } from '../../shared/obs-address.ts';
import { parsePathMappings } from '../../shared/path-mappings.ts';
import { noProxies, type ProxyRules, parseExceptions, parseProxy } from '../../shared/proxies.ts';
import { pathMappingsSchema, type Settings, settingsSchema, settingVariables } from '../../shared/settings.ts';
import { decodeText } from '../decode-text.ts';
import { isPackaged, productFiles } from '../product-files.ts';
import { defaultDataDir, type Machine } from './data-dir.ts';
import { parseDotEnv } from './dot-env.ts';
import { bitsPerSecond, flag, listenHost, localOrigin, wholeNumber, withoutTrailingSlash } from './env-values.ts';
import { issueField, issueSentence } from './issue-words.ts';

export interface AgentEnvironment {
  /** Where the agent listens. */
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly dataDir: string;
  /** The origin of Vite's page in development; null otherwise. */
  readonly devOrigin: string | null;
  readonly uploadTimeouts: UploadTimeouts;
  /** What uploads go through on their way out. */
  readonly proxies: ProxyRules;
  /** The settings that the environment fixes. */
  readonly fixed: Readonly<Partial<Settings>>;
}

/** How long a slow destination is waited for, ms; what is absent has the destination's own default. */
export interface UploadTimeouts {
  /** Without a byte moving while a file is sent. */
  readonly stallMs?: number;
  /** From the last byte sent to the answer's beginning. */
  readonly answerMs?: number;
}

export interface EnvironmentSource extends Machine {
  /** In a checkout the folder with package.json: `.env` is there, and relative folders start there. */
  readonly root: string;
}

/** This process, this machine, this checkout or package. */
export function thisMachine(): EnvironmentSource {
  const machine = { env: process.env, platform: process.platform, home: homedir() };
  return { ...machine, root: isPackaged ? settingsFolder(machine) : productFiles.root };
}

/** Where an installed package has its `.env`: in the data folder, for its own folder is the system's, and goes with every update. */
export function settingsFolder(machine: Machine): string {
  const root = defaultDataDir(machine);
  const named = machine.env.STREAMAI_DATA_DIR?.trim();
  return named ? absolute(named, { ...machine, root }) : root;
}

const { shape } = settingsSchema;
const folder = z.string().min(1).max(4000);
/** Seconds, at most a day; read into ms. */
const seconds = wholeNumber(1, 86_400).transform((value) => value * 1000);
const lowered = z.string().trim().toLowerCase();
const proxy = z.string().transform((text, context) => {
  const parsed = parseProxy(text);
  if (parsed !== null) return parsed;
  context.addIssue({ code: 'custom', message: 'is not a proxy such as http://proxy.example.com:3128' });
  return z.NEVER;
});

/** Every variable that is read, by its name. */
const variables = z.object({
  AGENT_HOST: listenHost.optional(),
  AGENT_PORT: wholeNumber(0, 65535).optional(),
  STREAMAI_ALLOW_REMOTE: flag.optional(),
  STREAMAI_DATA_DIR: folder.optional(),
  STREAMAI_DEV_ORIGIN: localOrigin.optional(),
  OBS_HOST: z.string().trim().pipe(shape.obsHost).optional(),
  OBS_PORT: wholeNumber(1, 65535).optional(),
  OBS_PASSWORD: shape.obsPassword.unwrap().optional(),
  VULTR_API_URL: z.string().transform(withoutTrailingSlash).pipe(shape.processingUrl.unwrap()).optional(),
  VULTR_UPLOAD_ENDPOINT: z.string().trim().pipe(shape.uploadEndpoint).optional(),
  VULTR_STATUS_ENDPOINT: z.string().trim().pipe(shape.statusEndpoint).optional(),
  VULTR_API_KEY: z.string().trim().pipe(shape.processingApiKey.unwrap()).optional(),
  VULTR_AUTO_UPLOAD: flag.optional(),
  DEFAULT_SUBTITLE_MODEL: lowered.pipe(shape.subtitleModel).optional(),
  DEFAULT_PRIORITY: wholeNumber(1, 10).optional(),
  RECORDINGS_DIR: folder.optional(),
  OBS_PATH_MAPPINGS: z.string().transform(parsePathMappings).pipe(pathMappingsSchema).optional(),
  UPLOAD_BANDWIDTH_LIMIT: bitsPerSecond.pipe(shape.bandwidthLimit.unwrap()).optional(),
  VULTR_OBJECT_STORAGE_ENDPOINT: z
    .string()
    .transform(withoutTrailingSlash)
    .pipe(shape.objectStorageEndpoint.unwrap())
    .optional(),
  VULTR_OBJECT_STORAGE_BUCKET: z.string().trim().pipe(shape.objectStorageBucket.unwrap()).optional(),
  VULTR_OBJECT_STORAGE_ACCESS_KEY: z.string().trim().pipe(shape.objectStorageAccessKey.unwrap()).optional(),
  VULTR_OBJECT_STORAGE_SECRET_KEY: z.string().trim().pipe(shape.objectStorageSecretKey.unwrap()).optional(),
  VULTR_OBJECT_STORAGE_ADDRESSING: lowered.pipe(shape.objectStorageAddressing).optional(),
  VULTR_OBJECT_STORAGE_REGION: z.string().trim().pipe(shape.objectStorageRegion.unwrap()).optional(),
  VULTR_OBJECT_STORAGE_PREFIX: z.string().trim().pipe(shape.objectStoragePrefix).optional(),
  STREAMAI_UPLOAD_STALL_TIMEOUT: seconds.optional(),
  STREAMAI_UPLOAD_ANSWER_TIMEOUT: seconds.optional(),
  HTTP_PROXY: proxy.optional(),
  HTTPS_PROXY: proxy.optional(),
  NO_PROXY: z.string().transform(parseExceptions).optional(),
  NODE_USE_ENV_PROXY: z.string().optional(),
});
/** Read from the environment alone, elsewhere. */
const readElsewhere = ['STREAMAI_LOG_LEVEL'];
export const variableNames: readonly string[] = [...Object.keys(variables.shape), ...readElsewhere];

/** These stand in small letters as often, and that spelling wins, as with curl. */
const inSmallLetters: readonly string[] = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'];

/**
 * Reads the environment; `.env` fills in what it leaves out. An empty value counts as not set.
 * @throws StreamAIError config_invalid naming the variable and, in `language`, what is wrong with it
 */
export function readEnvironment(
  source: EnvironmentSource = thisMachine(),
  language: Language = 'en',
): AgentEnvironment {
  const parsed = variables.safeParse(gather(source, language));
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw issue === undefined
      ? parsed.error
      : new StreamAIError('config_invalid', {
          variable: issueField(issue, '.env'),
          reason: issueSentence(issue, language),
        });
  }
  const values = parsed.data;
  const host = values.AGENT_HOST ?? '127.0.0.1';
  if (!isLoopback(host) && values.STREAMAI_ALLOW_REMOTE !== true) {
    throw new StreamAIError('config_invalid', { variable: 'AGENT_HOST', reason: letsOthersIn[language](host) });
  }
  const fullPath = (text: string): string => absolute(text, source);
  const found = {
    ...values,
    ...obsPlace(values, language),
    ...(values.RECORDINGS_DIR && { RECORDINGS_DIR: fullPath(values.RECORDINGS_DIR) }),
    ...(values.OBS_PATH_MAPPINGS && {
      OBS_PATH_MAPPINGS: values.OBS_PATH_MAPPINGS.map(({ obs, here }) => ({ obs, here: fullPath(here) })),
    }),
  };
  return {
    host,
    port: values.AGENT_PORT ?? 5002,
    dataDir: values.STREAMAI_DATA_DIR ? fullPath(values.STREAMAI_DATA_DIR) : defaultDataDir(source),
    devOrigin: values.STREAMAI_DEV_ORIGIN ?? null,
    uploadTimeouts: {
      ...(values.STREAMAI_UPLOAD_STALL_TIMEOUT && { stallMs: values.STREAMAI_UPLOAD_STALL_TIMEOUT }),
      ...(values.STREAMAI_UPLOAD_ANSWER_TIMEOUT && { answerMs: values.STREAMAI_UPLOAD_ANSWER_TIMEOUT }),
    },
    proxies:
      // Node's own switch: whoever sets it to 0 wants none of them.
      values.NODE_USE_ENV_PROXY === '0'
        ? noProxies
        : { http: values.HTTP_PROXY ?? null, https: values.HTTPS_PROXY ?? null, except: values.NO_PROXY ?? [] },
    fixed: fixedSettings(found),
  };
}

/** OBS_HOST may name the port as well. */
function obsPlace(
  { OBS_HOST, OBS_PORT }: { OBS_HOST?: string | undefined; OBS_PORT?: number | undefined },
  language: Language,
): { OBS_HOST?: string; OBS_PORT?: number } {
  const place = OBS_HOST === undefined ? null : parseObsAddress(OBS_HOST);
  if (place === null) return {};
  const { host, port } = place;
  if (port === null) return { OBS_HOST: host };
  if (OBS_PORT !== undefined && OBS_PORT !== port) {
    throw new StreamAIError('config_invalid', { variable: 'OBS_HOST', reason: otherPort[language](port, OBS_PORT) });
  }
  return { OBS_HOST: host, OBS_PORT: port };
}

const otherPort = {
  en: (port: number, other: number) => `it names port ${port}, but OBS_PORT is ${other}`,
  fr: (port: number, other: number) => `cette valeur indique le port ${port}, mais OBS_PORT est ${other}`,
};

const letsOthersIn = {
  en: (host: string) =>
    `${host} would let other machines in; use 127.0.0.1, or set STREAMAI_ALLOW_REMOTE=1 if you mean it`,
  fr: (host: string) =>
    `${host} laisserait entrer d’autres machines ; utilisez 127.0.0.1, ou STREAMAI_ALLOW_REMOTE=1 si c’est voulu`,
};

/** The variables that are set, the real environment before `.env`. */
function gather({ env, root }: EnvironmentSource, language: Language): Record<string, string> {
  const file = dotEnv(path.join(root, '.env'), language);
  const gathered: Record<string, string> = {};
  for (const name of Object.keys(variables.shape)) {
    const names = inSmallLetters.includes(name) ? [name.toLowerCase(), name] : [name];
    const values = [...names.map((each) => env[each]), ...names.map((each) => file.get(each))];
    const value = values.find((text) => text !== undefined && text.trim() !== '');
    if (value === undefined) continue;
    // What an editor wrote in another encoding would be a password that nobody knows.
    if (value.includes('\uFFFD')) throw notReadable(name, notUtf8[language]);
    gathered[name] = value;
  }
  return gathered;
}

/** What `.env` sets. @throws StreamAIError config_invalid when it cannot be read */
export function dotEnv(file: string, language: Language): ReadonlyMap<string, string> {
  let text: string;
  try {
    text = decodeText(readFileSync(file));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return new Map();
    throw notReadable('.env', language === 'fr' ? 'il ne peut pas être lu' : 'it cannot be read', error);
  }
  // UTF-16 without its mark
  if (text.includes('\0')) throw notReadable('.env', notUtf8[language]);
  return parseDotEnv(text);
}

const notUtf8 = {
  en: 'it has characters that are not UTF-8; save .env as UTF-8',
  fr: 'il y a des caractères qui ne sont pas en UTF-8 ; enregistrez .env en UTF-8',
};

function notReadable(variable: string, reason: string, cause?: unknown): StreamAIError {
  return new StreamAIError('config_invalid', { variable, reason }, { cause });
}

/** No shell expands `~` in `.env`, and a relative folder must not depend on where the agent was started. */
function absolute(text: string, { platform, home, root }: EnvironmentSource): string {
  const paths = platform === 'win32' ? path.win32 : path.posix;
  return paths.resolve(
    root,
    text.trim().replace(/^~(?=$|[\\/])/, () => home),
  );
}

function fixedSettings(values: Readonly<Record<string, unknown>>): Partial<Settings> {
  const named = Object.entries(settingVariables).map(([setting, variable]) => [setting, values[variable]] as const);
  return Object.fromEntries(named.filter(([, value]) => value !== undefined));
}
