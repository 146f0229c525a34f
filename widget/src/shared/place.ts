/** The element of the page that an inline survey goes into. */
export const place = (key: string): HTMLElement | undefined =>
  [...document.querySelectorAll<HTMLElement>("[data-exitpoll]")].find((e) => e.dataset.exitpoll === key);
