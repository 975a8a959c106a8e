/** More than a screen ahead, so that nobody sees cards being drawn. */
const rootMargin = '1000px 0px';

/** Tells whether an element is near the visible part of the page, now and whenever it changes. @returns ends it */
export function onNear(element: Element | null, listener: (near: boolean) => void): () => void {
  const observer = new IntersectionObserver((entries) => listener(entries.at(-1)?.isIntersecting === true), {
    rootMargin,
  });
  if (element !== null) observer.observe(element);
  return () => observer.disconnect();
}
