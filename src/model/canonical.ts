/**
 * Writes a JSON value so that equal values give equal text: keys sorted by UTF-16 code unit, no white space.
 *
 * @throws {TypeError} for what JSON cannot hold (`undefined`, `NaN`, a date, a cycle), naming where it stands
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
  // Plain loops: map() and its callback would take three stack frames for each level of nesting.
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
