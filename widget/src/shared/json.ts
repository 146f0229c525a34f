/** Taken when the bundle loads: a page may put its own in place later. */
export const { parse, stringify } = JSON;
