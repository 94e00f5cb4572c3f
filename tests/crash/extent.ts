import { randomFrom } from "./random.ts";

/** `LOOOP_CRASH=sample`: a cross-section in about two minutes; else all of it, in a quarter of an hour. */
export const SAMPLE = Deno.env.get("LOOOP_CRASH") === "sample";

/** How many profiles are tried at a time. */
export const LANES = 2;

/** What is left to chance; `LOOOP_CRASH_SEED` makes the same choice again. */
export const SEED = Number(
  Deno.env.get("LOOOP_CRASH_SEED") ?? crypto.getRandomValues(new Uint16Array(1))[0],
);

/** Gives numbers from 0 to under 1; each name has its own sequence. */
export function chance(name: string): () => number {
  const salt = [...name].reduce((sum, letter) => Math.imul(sum, 31) + letter.charCodeAt(0), SEED);
  return randomFrom(salt);
}
