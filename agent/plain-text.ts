/**
 * Texts of others, made safe to show in a terminal, in the log, in a label. Cleaned once, where they come in. Names stay names: letters
 * of every direction, emoji, and the joiners within both.
 */

/** Control characters, which begin a terminal's sequences, and separators of lines. */
const controls = /[\p{Cc}\p{Zl}\p{Zp}]+/gu;
/** Marks that turn a line around, so that it reads as another one (UAX #9). Letters have their direction without them. */
const turns = /\p{Bidi_Control}+/gu;

/** One line. Where something was taken out between words, a blank stands. */
export function plainText(text: string): string {
  return text.toWellFormed().replace(turns, '').replace(controls, ' ');
}

/** As `plainText`, with its lines and tabs, such as a stack trace has them. */
export function plainLines(text: string): string {
  return text
    .toWellFormed()
    .replace(turns, '')
    .replace(controls, (found) => found.replace(/[^\n\t]+/g, ' '));
}
