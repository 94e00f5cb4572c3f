/** Any value that JSON can hold. */
export type Json = null | boolean | number | string | Json[] | JsonObject;

/** A JSON object. */
export interface JsonObject {
  /** Any key. */
  [key: string]: Json;
}

/** Deeper than any sensible value, and far from where serializing it overflows the stack. */
const MAX_DEPTH = 100;

/** Returns why a parsed JSON value cannot be serialized again; `null` if it can. */
export function jsonProblem(value: unknown, depth = 1): string | null {
  if (value === null || ["string", "boolean"].includes(typeof value)) return null;
  if (Number.isFinite(value)) return null;
  // JSON.parse reads 1e999 as Infinity, which JSON cannot represent.
  if (typeof value !== "object") return "a number that is too large";
  if (depth > MAX_DEPTH) return `JSON that is nested deeper than ${MAX_DEPTH} levels`;
  for (const item of Object.values(value)) {
    const problem = jsonProblem(item, depth + 1);
    if (problem !== null) return problem;
  }
  return null;
}

/** Reports whether a parsed JSON value is an object (neither null nor an array). */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Serializes a JSON value so that equal values have equal text: keys sorted by UTF-16 code unit, no white space.
 *
 * @throws {TypeError} with the path of a value that JSON cannot hold (`undefined`, `NaN`, a date, a cycle)
 */
export function canonicalJson(value: unknown): string {
  return write(value, "$", new Set());
}

function write(value: unknown, path: string, parents: Set<object>): string {
  if (value === null || typeof value === "boolean" || typeof value === "string") {
    return JSON.stringify(value);
  }
  if (typeof value === "number" && Number.isFinite(value)) return JSON.stringify(value);
  if (typeof value !== "object") throw refusal(path, String(value));
  if (parents.has(value)) throw refusal(path, "a cycle");
  parents.add(value);
  const parts: string[] = [];
  // Plain loops, because map() and its callback take three stack frames per level of nesting.
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) parts.push(write(value[i], `${path}[${i}]`, parents));
  } else {
    const prototype = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) {
      throw refusal(path, `an instance of ${prototype.constructor?.name ?? "a class"}`);
    }
    for (const key of Object.keys(value).sort()) {
      const item = (value as Record<string, unknown>)[key];
      parts.push(`${JSON.stringify(key)}:${write(item, `${path}.${key}`, parents)}`);
    }
  }
  parents.delete(value);
  return Array.isArray(value) ? `[${parts.join(",")}]` : `{${parts.join(",")}}`;
}

function refusal(path: string, found: string): TypeError {
  return new TypeError(`cannot write ${path} as JSON: found ${found}`);
}

/**
 * Returns the SHA-256 hash as lower-case hex.
 *
 * @param data bytes, or a text that is hashed as UTF-8
 */
export async function sha256Hex(data: string | Uint8Array<ArrayBuffer>): Promise<string> {
  const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}
