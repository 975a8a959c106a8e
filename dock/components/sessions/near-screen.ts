/** About a screen more in both directions, so that cards are drawn before they are seen. */
const rootMargin = '1000px 0px';

/**
 * Tells whether an element is in or near the visible part of the page, now and whenever that changes.
 * @returns a function that ends it
 */
export function watchNearness(element: Element | null, listener: (isNear: boolean) => void): () => void {
  const observer = new IntersectionObserver((entries) => listener(entries.at(-1)?.isIntersecting === true), {
    rootMargin,
  });
  if (element !== null) observer.observe(element);
  return () => observer.disconnect();
}
