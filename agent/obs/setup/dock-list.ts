/**
 * OBS's list of custom browser docks, the value of `ExtraBrowserDocks`: a JSON array of title, url and uuid (obs-studio,
 * frontend/widgets/OBSBasic_Browser.cpp). Ours is known by its uuid, which is the same on every machine; one that a person made, by
 * its address. What else is in the list stays as it is written.
 */
import * as z from 'zod';
import { insertPart, removePart, replacePart } from './json-text.ts';

/** 32 hexadecimal digits without dashes, as OBS keeps them. */
export const dockUuid = '8c6f0f3a51d44b0f9a7e5d2b53a1c6e4';
const dockTitle = 'StreamAI';

const entrySchema = z.looseObject({
  title: z.string().catch(''),
  url: z.string().catch(''),
  uuid: z.string().catch(''),
});
type Entry = z.infer<typeof entrySchema>;
const listSchema = z.array(entrySchema.catch({ title: '', url: '', uuid: '' }));

/** A dock as setup wants it: its address, and which other addresses are ours too, of an earlier setup or typed by a person. */
export interface WantedDock {
  readonly url: string;
  readonly isOurs: (url: string) => boolean;
}

/** What became of the dock. */
export interface DockInList {
  readonly value: string;
  readonly title: string;
  /** null: there was none; else the address that it had. */
  readonly before: string | null;
  readonly uuid: string;
}

/** @returns null for what is no list: OBS shows no docks then, and loses it at its end */
export function parseDocks(value: string | null): Entry[] | null {
  if (value === null || value.trim() === '') return [];
  try {
    return listSchema.safeParse(JSON.parse(value)).data ?? null;
  } catch {
    return null;
  }
}

/** The list with our dock, once, at the wanted address. @throws where `value` is no list */
export function withDock(value: string | null, { url, isOurs }: WantedDock): DockInList {
  const docks = parseDocks(value);
  if (docks === null) throw new Error('not a list of docks');
  const index = indexOf(docks, isOurs);
  const dock = docks[index];
  if (dock) {
    const changed = dock.url === url ? (value ?? '') : withUrl(value ?? '', index, url);
    return { value: changed, title: dock.title, before: dock.url, uuid: dock.uuid };
  }
  const title = freeTitle(docks.map((entry) => entry.title));
  const entry = `{"title": ${JSON.stringify(title)}, "url": ${JSON.stringify(url)}, "uuid": "${dockUuid}"}`;
  const list = value === null || value.trim() === '' ? '[]' : value;
  return { value: insertPart(list, entry), title, before: null, uuid: dockUuid };
}

/**
 * The list as it would be without us: our dock gone, or, where a person had made it, with its former address again. What the
 * person changed since stays.
 */
export function withoutDock(
  value: string,
  uuid: string,
  { wrote, before }: { wrote: string; before: string | null },
): string {
  const docks = parseDocks(value) ?? [];
  const index = docks.findIndex((dock) => dock.uuid === uuid);
  const dock = docks[index];
  if (!dock) return value;
  if (before === null) return removePart(value, index);
  return dock.url === wrote ? withUrl(value, index, before) : value;
}

/** OBS keeps a dock's place under this name; a dock of another title has another place. */
export const dockName = (title: string): string => `${title}_extraBrowser`;

function indexOf(docks: readonly Entry[], isOurs: (url: string) => boolean): number {
  const byUuid = docks.findIndex(({ uuid }) => uuid === dockUuid);
  return byUuid >= 0 ? byUuid : docks.findIndex(({ url }) => isOurs(url));
}

/** The other members of the entry stay, also those that only a later OBS knows. */
function withUrl(value: string, index: number, url: string): string {
  const raw = z.array(z.record(z.string(), z.unknown())).parse(JSON.parse(value))[index];
  const members = Object.entries({ ...raw, url }).map(
    ([key, member]) => `${JSON.stringify(key)}: ${JSON.stringify(member)}`,
  );
  return replacePart(value, index, `{${members.join(', ')}}`);
}

function freeTitle(taken: readonly string[]): string {
  let title = dockTitle;
  for (let number = 2; taken.includes(title); number++) title = `${dockTitle} ${number}`;
  return title;
}
