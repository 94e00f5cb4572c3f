import type { Mask } from "./mask.ts";

/**
 * Masks every text of a JSON-like value, keys too, and numbers whose digits are a secret (they become texts). The
 * value itself is left as it is.
 */
export function maskJson<T>(mask: Mask, value: T): T {
  return mask.idle ? value : masked(mask, value) as T;
}

function masked(mask: Mask, value: unknown): unknown {
  if (typeof value === "string") return mask(value);
  if (typeof value === "number") {
    const text = mask(String(value));
    return text === String(value) ? value : text;
  }
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => masked(mask, item));
  const entries = Object.entries(value).map(([key, item]) => [mask(key), masked(mask, item)]);
  return Object.fromEntries(entries);
}
