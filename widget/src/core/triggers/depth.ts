/** How far the page can be scrolled, px. */
export const bottom = (): number => document.documentElement.scrollHeight - innerHeight;

/** How far it is, in percent of that; a pixel lost to rounding is made up for. */
export const depth = (): number => ((scrollY + 1) / bottom()) * 100;
