/** A localStorage without a browser. */
export const disk = (): Storage => {
  const map: Record<string, string> = {};
  const methods = {
    getItem: (key: string) => map[key] ?? null,
    setItem: (key: string, value: string) => void (map[key] = value),
    removeItem: (key: string) => void Reflect.deleteProperty(map, key),
  };
  return new Proxy(map, {
    get: (target, key: string) => methods[key as keyof typeof methods] ?? target[key],
  }) as unknown as Storage;
};
