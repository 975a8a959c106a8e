/** A mark's place as a person writes it. */

/** `1:02:03` or `02:03` (or seconds alone) in ms; null where it is neither. */
export function parseMarkTime(text: string): number | null {
  const parts = /^(?:(?:(\d{1,3}):)?(\d{1,2}):)?(\d{1,2})$/.exec(text.trim());
  if (parts === null) return null;
  const [, hours = '0', minutes = '0', seconds = '0'] = parts;
  if (Number(seconds) > 59 || Number(minutes) > 59) return null;
  return ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
}
