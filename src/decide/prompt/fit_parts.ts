import type { Part } from "./part.ts";

/** What is left of the parts, and which were left out, in the order in which they went. */
export interface Fitted {
  parts: Part[];
  left_out: string[];
}

/**
 * Leaves out optional parts, least worth keeping and largest first, until all of it fits.
 *
 * @param maxBytes how many bytes of UTF-8 the parts may have together, a line break after each included
 */
export function fitParts(parts: Part[], maxBytes: number): Fitted {
  let bytes = parts.reduce((sum, part) => sum + size(part), 0);
  const candidates = parts.filter((part) => part.optional)
    .sort((a, b) => keepOf(a) - keepOf(b) || size(b) - size(a));
  const gone = new Set<Part>();
  const leftOut: string[] = [];
  for (const part of candidates) {
    if (bytes <= maxBytes) break;
    bytes -= size(part);
    gone.add(part);
    leftOut.push(part.optional?.name ?? "");
  }
  return { parts: parts.filter((part) => !gone.has(part)), left_out: leftOut };
}

function size({ text }: Part): number {
  return new TextEncoder().encode(text).length + 2;
}

function keepOf({ optional }: Part): number {
  return optional?.keep ?? Infinity;
}
