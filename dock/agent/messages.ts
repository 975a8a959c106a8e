/**
 * Takes frames of the live channel apart. What they hold is not checked further: they come from an agent that has proven itself,
 * and one of another version than this page has it loaded again (live.ts).
 */
import type { ChallengeMessage, ServerMessage, TokenMessage } from '../../shared/live.ts';

/** The message in a frame; null where there is none with data. */
export function parseServerMessage(frame: unknown): ServerMessage | ChallengeMessage | TokenMessage | null {
  try {
    const message = JSON.parse(String(frame));
    return Object(message?.data) === message?.data ? message : null;
  } catch {
    return null;
  }
}
