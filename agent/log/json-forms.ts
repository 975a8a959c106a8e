/**
 * How a text stands in JSON: as we write it, in ASCII alone (as Python does), and with slashes escaped (as PHP does); each again
 * as it stands in JSON within JSON.
 */
export function jsonForms(text: string): string[] {
  const plain = escaped(text);
  const once = [plain, ascii(plain)].flatMap((form) => [form, form.replaceAll('/', '\\/')]);
  return [...new Set([...once, ...once.map(escaped)])];
}

const escaped = (text: string): string => JSON.stringify(text).slice(1, -1);

const ascii = (text: string): string =>
  text.replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
