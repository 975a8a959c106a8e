/** An address or a path without the slashes at its end. Not by an expression: that would try again at each of many slashes. */
export function withoutTrailingSlashes(text: string): string {
  let end = text.length;
  while (text[end - 1] === '/') end -= 1;
  return text.slice(0, end);
}
