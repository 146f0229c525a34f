/** 16 random bytes; weak ones where the page has no crypto, which is enough for an id. */
const random = () => {
  const bytes = new Uint8Array(16);
  try {
    crypto.getRandomValues(bytes);
  } catch {
    bytes.forEach((_, i) => (bytes[i] = Math.random() * 256));
  }
  return bytes;
};

/** A UUIDv7: sorts by time, so the server's indexes stay compact. */
export const uuid = (now = Date.now(), bytes = random()): string => {
  for (let i = 5; i >= 0; i--, now = Math.floor(now / 256)) bytes[i] = now % 256;
  bytes[6] = (bytes[6]! & 15) | 112;
  bytes[8] = (bytes[8]! & 63) | 128;
  const hex = Array.from(bytes, (b) => (b + 256).toString(16).slice(1)).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
};
