/** The time of a mark as a person writes it, `1:02:03`, `02:03` or `03`, in ms; null where it is none of these. */
export function parseMarkTime(text: string): number | null {
  const parts = /^(?:(?:(\d{1,3}):)?(\d{1,2}):)?(\d{1,2})$/.exec(text.trim());
  if (parts === null) return null;
  const [, hours = '0', minutes = '0', seconds = '0'] = parts;
  if (Number(seconds) > 59 || Number(minutes) > 59) return null;
  return ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
}
