/** What the loader hands over. */
export const $ = window.exitpoll!.$!;

/** Its own copies: what every page has is not sent again. */
export const { guard, listen } = $;
