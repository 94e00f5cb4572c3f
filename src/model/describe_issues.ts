import type { SchemaIssue } from "./schema.ts";

/** Says of each issue, one line each: which key, what was found, what is allowed. */
export function describeIssues(issues: SchemaIssue[], data: unknown): string {
  return issues.map((issue) => {
    const key = issue.path.map(String).join(".") || "(top level)";
    if (issue.message.startsWith("unknown key")) return `  ${key}: ${issue.message}`;
    return `  ${key}: found ${found(at(data, issue.path))}, ${issue.message}`;
  }).join("\n");
}

function at(data: unknown, path: PropertyKey[]): unknown {
  let value = data;
  for (const key of path) {
    if (typeof value !== "object" || value === null) return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}

function found(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = shown(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/** Data from code, unlike that from JSON, may hold what JSON cannot. */
function shown(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return String(value);
  }
}
