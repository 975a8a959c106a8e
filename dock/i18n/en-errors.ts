/**
 * The texts of the dock's own errors in English, word for word as in shared/error-table.ts. That table is not imported, because
 * it would be a fifth of the page: all other errors come from the agent with their texts. `{name}` stands for a parameter.
 */
import type { ErrorCode } from '../../shared/errors.ts';

/** What went wrong, and how to fix it. */
export type ErrorWords = readonly [message: string, fix?: string];

export const enErrors = {
  unauthorized: [
    'The token is missing or wrong.',
    'The dock needs the address that “npm run token” shows, a script its token as “Authorization: Bearer …”; if it is that one, another program has its port.',
  ],
  obs_not_connected: [
    'OBS is not connected.',
    'Start OBS and switch on Tools → WebSocket Server Settings → Enable WebSocket server.',
  ],
  obs_password_wrong: [
    'OBS refused the password.',
    'Copy it from OBS: Tools → WebSocket Server Settings → Show Connect Info, into OBS_PASSWORD or the settings.',
  ],
  obs_timeout: ['OBS did not answer.', 'It may be busy or showing a dialog: look at OBS.'],
  obs_not_confirmed: [
    'OBS has not confirmed; it may be showing a dialog.',
    'Look at OBS: often the folder cannot be written, the disk is full or the encoder failed.',
  ],
  obs_refused: ['OBS refused: {reason}.', 'Look at OBS.'],
  already_recording: ['OBS is already recording.', 'Stop the current recording first.'],
  not_recording: ['Nothing is being recorded.', 'Start a recording first.'],
  already_paused: ['The recording is already paused.'],
  not_paused: ['The recording is not paused.'],
  split_unavailable: [
    'OBS cannot split this recording.',
    'It needs OBS 30.2 or later, and Settings → Output → Advanced → Recording → Automatic File Splitting.',
  ],
} as const satisfies Partial<Record<ErrorCode, ErrorWords>>;

/** The texts that every language must have. */
export type OwnErrors = Readonly<Record<keyof typeof enErrors, ErrorWords>>;
