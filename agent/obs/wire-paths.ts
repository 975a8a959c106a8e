/**
 * Where obs-websocket's messages have paths of OBS's. Here they become this machine's, and back: whoever else works with paths knows only
 * this machine's (path-mapping.ts). What lies in no mapped folder stays as it is.
 * Source: obs-websocket's protocol.md; the outputs' settings are obs-ffmpeg's and OBS's own.
 */
import type { PathMapping } from '../../shared/path-mappings.ts';
import { pathAtObs, pathHere } from './path-mapping.ts';

/** Of answers and events, by their names; `a.b` is a field within a field. */
const told: Readonly<Record<string, readonly string[]>> = {
  RecordStateChanged: ['outputPath'],
  RecordFileChanged: ['newOutputPath'],
  ReplayBufferSaved: ['savedReplayPath'],
  GetRecordDirectory: ['recordDirectory'],
  GetOutputSettings: ['outputSettings.path', 'outputSettings.url', 'outputSettings.directory'],
};

/** The profile's parameters that are folders (configured-folders.ts). */
const folderParameters: ReadonlySet<unknown> = new Set(['FilePath', 'RecFilePath', 'FFFilePath']);

/** What OBS tells, with this machine's paths. @param name of the request or event */
export function withPathsHere(name: string, data: unknown, mappings: readonly PathMapping[]): unknown {
  if (mappings.length === 0) return data;
  return (told[name] ?? []).reduce((mapped, field) => {
    return changed(mapped, field.split('.'), (file) => pathHere(file, mappings) ?? file);
  }, data);
}

/** What is asked of OBS, with OBS's paths. */
export function withPathsAtObs<T>(request: string, data: T, mappings: readonly PathMapping[]): T {
  if (mappings.length === 0) return data;
  const toObs = (file: string): string => pathAtObs(file, mappings) ?? file;
  if (request === 'SetRecordDirectory') return changed(data, ['recordDirectory'], toObs) as T;
  const isFolder = isRecord(data) && folderParameters.has(data.parameterName);
  return request === 'SetProfileParameter' && isFolder ? (changed(data, ['parameterValue'], toObs) as T) : data;
}

function changed(data: unknown, [name, ...deeper]: readonly string[], change: (text: string) => string): unknown {
  if (name === undefined) return typeof data === 'string' ? change(data) : data;
  return isRecord(data) && Object.hasOwn(data, name) ? { ...data, [name]: changed(data[name], deeper, change) } : data;
}

const isRecord = (data: unknown): data is Readonly<Record<string, unknown>> =>
  typeof data === 'object' && data !== null;
