/** Where a document's root element is: XML and HTML may have declarations, comments and blanks before it. */

const beforeRoot = /\s+|<\?[^>]*>|<!--[\s\S]*?-->/y;

/** The text from there on. One step after the other: in one expression, comments could be divided in every combination. */
export function fromRoot(text: string): string {
  beforeRoot.lastIndex = text.startsWith('\ufeff') ? 1 : 0;
  let at = beforeRoot.lastIndex;
  while (beforeRoot.test(text)) at = beforeRoot.lastIndex;
  return text.slice(at);
}
