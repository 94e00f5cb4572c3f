/** Any value that JSON can hold. */
export type Json = null | boolean | number | string | Json[] | JsonObject;

/** A JSON object. */
export interface JsonObject {
  /** Any key. */
  [key: string]: Json;
}

/** A number as it is written, since a JavaScript number cannot hold it: `JSON.stringify` writes it unchanged. */
export interface ExactNumber {
  /** Its JSON text, such as `1189345678901234561`. */
  readonly rawJSON: string;
}

/** Not in TypeScript's library yet. */
const raw = JSON as unknown as {
  rawJSON(text: string): ExactNumber;
  isRawJSON(value: unknown): value is ExactNumber;
};

/** Reports whether a parsed JSON value is a number that a JavaScript number cannot hold. */
export function isExactNumber(value: unknown): value is ExactNumber {
  return raw.isRawJSON(value);
}

/** What JavaScript may round: a number of 16 digits or more, or with a large exponent. */
const LONG_NUMBER = /[\d.]{16}|[eE][+-]?\d{3}/;

/**
 * Parses JSON without changing any number: one that JavaScript would round, such as a 64-bit id, is an
 * {@linkcode ExactNumber}. A byte order mark at the start is ignored.
 *
 * @throws {SyntaxError} if it is not JSON.
 */
export function parseJson(text: string): Json {
  const json = withoutBom(text);
  if (!LONG_NUMBER.test(json)) return JSON.parse(json);
  const revive = (_: string, value: unknown, { source }: { source?: string } = {}) =>
    typeof value === "number" && source !== undefined && !isExact(value, source)
      ? raw.rawJSON(source)
      : value;
  // TypeScript's library lacks the third argument.
  return JSON.parse(json, revive as (key: string, value: unknown) => unknown);
}

/** Removes the byte order mark that Windows editors write before a text. */
export function withoutBom(text: string): string {
  return text.startsWith("\ufeff") ? text.slice(1) : text;
}

/** Whether a number has the value of its text; 1e999 is refused elsewhere. */
function isExact(value: number, source: string): boolean {
  if (!Number.isFinite(value)) return true;
  if (/^-?\d+$/.test(source)) return Number.isSafeInteger(value);
  return decimal(source) === decimal(String(value));
}

/** The value of a decimal number as one text: `15e1`, whether it was `150`, `1.5e2` or `150.0`. */
function decimal(number: string): string {
  const [, sign, whole, fraction = "", exponent = "0"] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(number) ?? [];
  if (whole === undefined) return number;
  const digits = (whole + fraction).replace(/^0+/, "");
  const significant = digits.replace(/0+$/, "");
  if (significant === "") return "0";
  const power = BigInt(exponent) - BigInt(fraction.length) +
    BigInt(digits.length - significant.length);
  return `${sign}${significant}e${power}`;
}

/** Integers are written in full, all else with an exponent; equal numbers have equal texts. */
function plainNumber(number: string): string {
  const text = decimal(number);
  const [, digits, zeros] = /^(-?\d+)e(\d{1,2})$/.exec(text) ?? [];
  return digits === undefined ? text : digits + "0".repeat(Number(zeros));
}

/** Deeper than any sensible value, and far from where serializing it overflows the stack. */
const MAX_DEPTH = 100;

/** Returns why a parsed JSON value cannot be serialized again; `null` if it can. */
export function jsonProblem(value: unknown, depth = 1): string | null {
  if (value === null || ["string", "boolean"].includes(typeof value)) return null;
  if (Number.isFinite(value) || isExactNumber(value)) return null;
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
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    !isExactNumber(value);
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
  if (isExactNumber(value)) return plainNumber(value.rawJSON);
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
