const MAX_DEPTH = 16;

/**
 * Looks for what YAML allows but no front matter needs: aliases, with which a few lines unfold to gigabytes
 * ("billion laughs") or to a cycle, and deep nesting.
 *
 * @param data what the parser made of it: an alias is the same object in two places
 * @returns what is wrong, in one line, or `null`
 */
export function refuseYaml(data: unknown): string | null {
  return refuse(data, 0, new Set());
}

function refuse(value: unknown, depth: number, seen: Set<object>): string | null {
  if (typeof value !== "object" || value === null) return null;
  if (seen.has(value)) return "the front matter uses a YAML alias (*name); write the value out";
  if (depth > MAX_DEPTH) return `the front matter is nested more than ${MAX_DEPTH} deep`;
  seen.add(value);
  for (const item of Object.values(value)) {
    const refusal = refuse(item, depth + 1, seen);
    if (refusal !== null) return refusal;
  }
  return null;
}
