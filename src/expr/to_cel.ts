/**
 * Turns JSON-like data into the values that CEL computes with: whole numbers become ints, objects become maps.
 * `Map`s rather than objects, so that `__proto__` and `constructor` are keys like any other. Dates (CEL
 * timestamps) pass as they are; whole numbers past 2^53 stay doubles, since JSON has lost their digits already.
 */
export function toCel(value: unknown): unknown {
  if (typeof value === "number") return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (typeof value !== "object" || value === null || value instanceof Date) return value;
  if (Array.isArray(value)) {
    const list: unknown[] = [];
    for (const item of value) list.push(toCel(item));
    return list;
  }
  const map = new Map<string, unknown>();
  for (const key of Object.keys(value)) {
    map.set(key, toCel((value as Record<string, unknown>)[key]));
  }
  return map;
}
