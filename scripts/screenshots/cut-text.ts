/** What text of a page cannot be read as it should: cut off, outside of its box, or broken within a word. */
import type { Page } from 'playwright-core';

/** @returns each offending element with its text; none: everything can be read, and nothing scrolls sideways */
export function cutText(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found: string[] = [];
    const root = document.documentElement;
    const tooWide = root.scrollWidth - root.clientWidth;
    if (tooWide > 0) found.push(`the page is ${tooWide} px too wide`);

    const context = document.createElement('canvas').getContext('2d');
    const widthOf = (text: string, font: string): number => {
      if (context === null) return 0;
      context.font = font;
      return context.measureText(text).width;
    };
    const told = (element: Element): string =>
      `<${element.tagName.toLowerCase()} class="${element.getAttribute('class') ?? ''}"> ${element.textContent?.trim().slice(0, 60)}`;
    const innerWidth = (element: Element, style: CSSStyleDeclaration): number =>
      element.clientWidth - Number.parseFloat(style.paddingLeft) - Number.parseFloat(style.paddingRight);

    /** Words of letters alone fit on a line; names, paths and addresses may have to be broken. */
    const brokenWords = (text: Text): string[] => {
      const broken: string[] = [];
      for (const { 0: word, index } of text.data.matchAll(/(?<=^|\s)[\p{L}’]{2,18}(?=[.,;:!?…]?(\s|$))/gu)) {
        const range = document.createRange();
        range.setStart(text, index);
        range.setEnd(text, index + word.length);
        if (new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size > 1) broken.push(word);
      }
      return broken;
    };

    for (const element of document.body.querySelectorAll<HTMLElement>('*')) {
      const isHidden = element.closest('.visually-hidden, svg, option, dialog:not([open])') !== null;
      if (isHidden || element.offsetParent === null) continue;
      const style = getComputedStyle(element);
      if (element instanceof HTMLInputElement) {
        // What is typed scrolls; a placeholder has to fit.
        const missing = widthOf(element.placeholder, style.font) - innerWidth(element, style);
        if (element.value === '' && missing > 1) found.push(`${Math.ceil(missing)} px of “${element.placeholder}”`);
      } else if (element instanceof HTMLSelectElement) {
        const arrow = 16;
        const text = element.selectedOptions[0]?.text ?? '';
        const missing = widthOf(text, style.font) + arrow - innerWidth(element, style);
        if (missing > 1) found.push(`${Math.ceil(missing)} px of the choice “${text}”`);
      } else {
        const texts = [...element.childNodes].filter((node) => node instanceof Text && node.data.trim() !== '');
        if (texts.length === 0) continue;
        const isInline = style.display === 'inline';
        if (!isInline && element.scrollWidth > element.clientWidth + 1) found.push(`cut: ${told(element)}`);
        const isClipped = style.overflowY === 'hidden' || style.overflowY === 'clip';
        if (isClipped && element.scrollHeight > element.clientHeight + 1) found.push(`cut below: ${told(element)}`);
        const range = document.createRange();
        range.selectNodeContents(element);
        const { left, right } = range.getBoundingClientRect();
        const box = element.closest('button, .card, dialog, body')?.getBoundingClientRect() ?? { left: 0, right: 0 };
        if (right > box.right + 0.5 || left < box.left - 0.5) found.push(`outside of its box: ${told(element)}`);
        for (const text of texts) {
          for (const word of brokenWords(text as Text)) found.push(`broken within “${word}”: ${told(element)}`);
        }
      }
    }
    return found;
  });
}
