/**
 * Where OBS's docks are: `DockState`, which is QMainWindow::saveState() in base64 (qtbase, src/widgets/widgets/qdockarealayout.cpp
 * and qmainwindowlayout.cpp). A dock that is missing in there comes up 80 px wide; with a place in the right area it is as wide as
 * that. Whatever is not understood to its last byte is left alone.
 */

/** QDockWidget's areas, in the order in which they are written. */
const rightArea = 1;
const vertical = 2;
const marks = { state: 0xfd, sequence: 0xfc, widget: 0xfb, tabs: 0xfa } as const;
const head = Buffer.from('000000ff00000000fd', 'hex');
const flagVisible = 1;
/** What OBS gives its browser docks at least, and Qt at most (px). */
const smallest = 80;
const largest = 0xff_ffff;
const fallbackHeight = 600;

interface Item {
  /** Empty for a nested sequence. */
  readonly name: string;
  readonly bytes: Buffer;
}
interface Sequence {
  /** The marker, the tab on top where these are tabs, and the orientation. */
  readonly head: Buffer;
  readonly isTabs: boolean;
  readonly items: readonly Item[];
}
interface Area {
  readonly position: number;
  readonly width: number;
  readonly height: number;
  readonly sequence: Sequence;
}
interface State {
  readonly areas: readonly Area[];
  /** The central widget's size, the corners and the toolbars. */
  readonly rest: Buffer;
}

/**
 * The state with a dock in the right area: below what is there already, or in an area of its own.
 * @param width of the right area at least, px
 * @returns null where there is nothing to do (the dock has a place) or the state is not understood
 */
export function withDockPlace(base64: string, name: string, width: number): string | null {
  const state = parse(base64);
  if (!state || state.areas.some(({ sequence }) => names(sequence).includes(name))) return null;
  const right = state.areas.find(({ position }) => position === rightArea);
  if (!right) {
    const height = Math.max(
      fallbackHeight,
      ...state.areas.filter((area) => area.position === 0).map((area) => area.height),
    );
    const sequence = { head: Buffer.from([marks.sequence, vertical]), isTabs: false, items: [item(name, height)] };
    const areas = [...state.areas, { position: rightArea, width, height, sequence }];
    return serialise({ ...state, areas: areas.toSorted((a, b) => a.position - b.position) });
  }
  // Tabs would hide what is on top, and docks side by side have no width to give.
  if (right.sequence.isTabs || right.sequence.head[1] !== vertical) return null;
  const items = [...right.sequence.items, item(name, Math.max(smallest, Math.round(right.height / 2)))];
  const wider = { ...right, width: Math.max(right.width, width), sequence: { ...right.sequence, items } };
  return serialise({ ...state, areas: state.areas.map((area) => (area === right ? wider : area)) });
}

/** The state without a dock's place at the top of an area. @returns null where it has none there, or it is not understood */
export function withoutDockPlace(base64: string, name: string): string | null {
  const state = parse(base64);
  const isOurs = (item: Item): boolean => item.name === name;
  const area = state?.areas.find(({ sequence }) => !sequence.isTabs && sequence.items.some(isOurs));
  if (!state || !area) return null;
  const items = area.sequence.items.filter((entry) => !isOurs(entry));
  const areas = state.areas.map((one) => (one === area ? { ...area, sequence: { ...area.sequence, items } } : one));
  return serialise({ ...state, areas: areas.filter(({ sequence }) => sequence.items.length > 0) });
}

/** The docks that have a place, by their names, and the width of the right area (px, 0: none); null where it is not understood. */
export function describeDockState(base64: string): { readonly names: string[]; readonly rightWidth: number } | null {
  const state = parse(base64);
  if (!state) return null;
  const rightWidth = state.areas.find(({ position }) => position === rightArea)?.width ?? 0;
  return { names: state.areas.flatMap(({ sequence }) => names(sequence)), rightWidth };
}

const names = (sequence: Sequence): string[] =>
  sequence.items.flatMap(({ name, bytes }) => (name === '' ? nested(bytes) : [name]));
const nested = (bytes: Buffer): string[] => names(new Reader(bytes, 1 + 16).sequence(0));

function item(name: string, size: number): Item {
  const text = Buffer.from(name, 'utf16le').swap16();
  const numbers = ints(0, size, smallest, largest);
  return {
    name,
    bytes: Buffer.concat([Buffer.from([marks.widget]), ints(text.length), text, Buffer.from([flagVisible]), numbers]),
  };
}

function ints(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [index, value] of values.entries()) bytes.writeInt32BE(value, 4 * index);
  return bytes;
}

function serialise({ areas, rest }: State): string {
  const written = areas.map(({ position, width, height, sequence }) =>
    Buffer.concat([
      ints(position, width, height),
      sequence.head,
      ints(sequence.items.length),
      ...sequence.items.map(({ bytes }) => bytes),
    ]),
  );
  return Buffer.concat([head, ints(areas.length), ...written, rest]).toString('base64');
}

function parse(base64: string): State | null {
  const bytes = Buffer.from(base64, 'base64');
  if (!bytes.subarray(0, head.length).equals(head)) return null;
  try {
    const reader = new Reader(bytes, head.length);
    const count = reader.int();
    if (count < 0 || count > 4) return null;
    const areas = Array.from({ length: count }, (): Area => {
      const [position, width, height] = [reader.int(), reader.int(), reader.int()];
      return { position, width, height, sequence: reader.sequence(0) };
    });
    const rest = bytes.subarray(reader.at);
    // The central widget's size, four corners, and the toolbars' marker.
    return rest.length >= 6 * 4 + 1 ? { areas, rest } : null;
  } catch {
    return null;
  }
}

/** Reads on from a place. Every method throws where the bytes end or say something else. */
class Reader {
  readonly #bytes: Buffer;
  at: number;

  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  int(): number {
    this.at += 4;
    return this.#bytes.readInt32BE(this.at - 4);
  }

  sequence(depth: number): Sequence {
    const start = this.at;
    const mark = this.#byte();
    if ((mark !== marks.sequence && mark !== marks.tabs) || depth > 50) throw new Error('not a sequence');
    const isTabs = mark === marks.tabs;
    if (isTabs) this.int();
    this.#byte();
    const sequenceHead = this.#bytes.subarray(start, this.at);
    const count = this.int();
    if (count < 0 || count > 1000) throw new Error('not a number of docks');
    return { head: sequenceHead, isTabs, items: Array.from({ length: count }, () => this.#item(depth)) };
  }

  #item(depth: number): Item {
    const start = this.at;
    const mark = this.#byte();
    let name = '';
    if (mark === marks.widget) {
      const length = this.int();
      if (length < 0 || length % 2 === 1 || this.at + length > this.#bytes.length) throw new Error('not a name');
      name = Buffer.from(this.#bytes.subarray(this.at, this.at + length))
        .swap16()
        .toString('utf16le');
      this.at += length;
      this.#byte();
      this.at += 16;
    } else if (mark === marks.sequence) {
      this.at += 16;
      this.sequence(depth + 1);
    } else throw new Error('not a dock');
    if (this.at > this.#bytes.length) throw new Error('cut off');
    return { name, bytes: this.#bytes.subarray(start, this.at) };
  }

  #byte(): number {
    this.at += 1;
    return this.#bytes.readUInt8(this.at - 1);
  }
}
