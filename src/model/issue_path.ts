import type * as v from "valibot";

/** The way from a value to what is inside of it, as valibot wants it of an issue that is added. */
export function issuePath(
  value: object,
  first: string,
  ...more: string[]
): [v.ObjectPathItem, ...v.ObjectPathItem[]] {
  const input = value as Record<string, unknown>;
  const item = { type: "object", origin: "value", input, key: first, value: input[first] } as const;
  const [next, ...rest] = more;
  return next === undefined ? [item] : [item, ...issuePath(Object(item.value), next, ...rest)];
}
