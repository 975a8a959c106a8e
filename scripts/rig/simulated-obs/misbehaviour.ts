/** How a simulated OBS can be told to go wrong. Each of these was seen on a real one, is a network's doing, or somebody's in OBS's place. */
export interface Misbehaviour {
  /**
   * What the next start does; `normal` again after it. Else OBS answers success, shows a dialog that nobody sees, and does
   * not record: `dialog` without any event (bad folder), `dialog-after-starting` after STARTING (encoder or muxer refuses).
   */
  nextStart: 'normal' | 'dialog' | 'dialog-after-starting';
  /**
   * What a stop does. `hangs`: STOPPING, and then nothing until OBS is killed, since its muxer waits for itself (before 30.2, see
   * ../steady-muxer.ts); the file stays unfinished. `ignored`: nothing, as long as a dialog holds OBS's main thread.
   */
  stop: 'normal' | 'hangs' | 'ignored';
  /** Milliseconds from STOPPED until the header is rewritten; 0: rewritten before STOPPED. */
  finaliseDelayMs: number;
  /** It still starts: it lets clients in, and answers that it is not ready (seen on 32.2, not on 29). */
  starting: boolean;
  /** Milliseconds that every answer is late. */
  answerDelayMs: number;
  /** Types of requests that get no answer at all; '*' for all. They are carried out all the same. */
  unanswered: readonly string[];
  /**
   * Recording shares the stream's encoder: a pause is answered with success and does nothing. OBS has no error for it.
   */
  refusesPause: boolean;
  /**
   * Whether kill() also takes the process that writes FFmpeg's formats (mkv, mp4), as a power cut does. When OBS alone
   * is killed that process goes on to finalise the file; hybrid files are OBS's own and stay unfinished in any case.
   */
  killsMuxer: boolean;
  /** Nothing is written; once it is over, all of it comes at once. */
  stalled: boolean;
  /** It runs on another machine, or has mounted things differently: the folder that its paths name instead; null: the real one. */
  foreignFolder: string | null;
  /** The file that it names as its recording instead of its own, as a program that took its place would; null: its own. */
  namesFile: string | null;
  /** It asks nobody for a password. */
  asksForNoPassword: boolean;
  /** RecordStateChanged twice each, or STARTING after STARTED and STOPPING after STOPPED. */
  recordEvents: 'in-order' | 'duplicated' | 'out-of-order';
  /** A dialog holds back every event of the record output; they come, in their order, once this is over. */
  holdsEvents: boolean;
  /** STARTED and STOPPED name no file. */
  tellsNoPath: boolean;
  /** Fields that answers have instead of the true ones, by the type of request. */
  answers: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Frames lost so far: encoded too late, rendered too late, dropped by the record output. */
  lostFrames: { readonly skipped: number; readonly missed: number; readonly dropped: number };
}

export const wellBehaved: Readonly<Misbehaviour> = {
  nextStart: 'normal',
  stop: 'normal',
  finaliseDelayMs: 0,
  starting: false,
  answerDelayMs: 0,
  unanswered: [],
  refusesPause: false,
  killsMuxer: false,
  stalled: false,
  foreignFolder: null,
  namesFile: null,
  asksForNoPassword: false,
  recordEvents: 'in-order',
  holdsEvents: false,
  tellsNoPath: false,
  answers: {},
  lostFrames: { skipped: 0, missed: 0, dropped: 0 },
};
