import { assert } from "@std/assert";
import fc from "fast-check";
import { watch } from "./watchdog.ts";

/** How many inputs a target gets for each seed, unless `LOOOP_FUZZ_RUNS` says otherwise. */
const RUNS = 10_000;
/** An input that takes longer than this, in milliseconds, counts as a hang. */
const DEADLINE_MS = 1000;
/** The same where each input is written to a file, and perhaps synced. */
export const ON_DISK_MS = 10_000;
/** How long a failing input is made smaller, in milliseconds. */
const SHRINK_MS = 20_000;
/** With fewer inputs the shares of the labels say little: then one of each is enough. */
const ENOUGH_FOR_SHARES = 2000;

/** What is fuzzed, with what, and what must hold. */
export interface Target<T> {
  input: fc.Arbitrary<T>;
  /**
   * Throws where something does not hold that must.
   *
   * @returns a label, such as `accepted` or `refused`
   */
  check(input: T): string | Promise<string>;
  /**
   * Label → the least share of the inputs that must get it, 0 to 1. A generator of which nothing is ever accepted, or
   * nothing ever refused, tests nothing.
   */
  shares: Record<string, number>;
  /**
   * How long one input may take, in milliseconds. Default 1000: {@linkcode ON_DISK_MS} where files are written, since a
   * busy disk says nothing of the program.
   */
  deadlineMs?: number;
  /** Checks all inputs of one seed at once, where that is cheaper. */
  finish?(): Promise<void>;
}

/**
 * Defines the test of a target: it gets `LOOOP_FUZZ_RUNS` inputs (default 10,000) for each of `LOOOP_FUZZ_SEED`
 * (numbers and `random`, separated by commas; default `random`), and prints one line about them. A failure names the
 * smallest input found, and how to see it again.
 */
export function fuzz<T>(name: string, target: Target<T>): void {
  Deno.test(`fuzz ${name}`, async () => {
    const runs = Number(Deno.env.get("LOOOP_FUZZ_RUNS") ?? RUNS);
    assert(runs > 0, "LOOOP_FUZZ_RUNS must be a number of inputs");
    for (const word of (Deno.env.get("LOOOP_FUZZ_SEED") ?? "random").split(",")) {
      const random = Math.trunc(Math.random() * 0x7fffffff);
      await fuzzOnce(name, target, runs, word === "random" ? random : Number(word));
    }
  });
}

async function fuzzOnce<T>(
  name: string,
  { input, check, shares, deadlineMs = DEADLINE_MS, finish }: Target<T>,
  runs: number,
  seed: number,
): Promise<void> {
  const counts: Record<string, number> = {};
  let slowest = 0;
  let failedAt: number | null = null;
  using dog = watch(`${name}, seed ${seed}`);

  /** Once more where it was slow: on a busy machine that may have been the machine. */
  async function timed(value: T): Promise<string> {
    for (let attempt = 1;; attempt++) {
      const started = performance.now();
      const label = await check(value);
      const ms = performance.now() - started;
      if (ms <= deadlineMs) {
        if (failedAt === null) slowest = Math.max(slowest, ms);
        return label;
      }
      assert(attempt < 3, `it took ${Math.round(ms)} ms, three times over ${deadlineMs} ms`);
    }
  }

  const property = fc.asyncProperty(input, async (value) => {
    if (failedAt !== null && performance.now() - failedAt > SHRINK_MS) return;
    dog.begin(value);
    try {
      const label = await timed(value);
      if (failedAt === null) counts[label] = (counts[label] ?? 0) + 1;
    } catch (error) {
      failedAt ??= performance.now();
      throw error;
    } finally {
      dog.end();
    }
  });
  const path = Deno.env.get("LOOOP_FUZZ_PATH");
  const details = await fc.check(property, { seed, path, numRuns: runs });
  if (details.failed) throw failure(name, details);
  await finish?.();
  const found = Object.entries(counts).sort().map(([label, count]) => `${label} ${count}`);
  console.log(
    `${name}: ${runs} inputs, ${found.join(", ")}, slowest ${slowest.toFixed(1)} ms, seed ${seed}`,
  );
  if (path !== undefined) return;
  for (const [label, share] of Object.entries(shares)) {
    const count = counts[label] ?? 0;
    const least = runs < ENOUGH_FOR_SHARES ? Math.min(1, Math.floor(runs / 100)) : share * runs;
    assert(count >= least, `only ${count} inputs were ${label}, at least ${least} must be`);
  }
}

function failure<T>(name: string, details: fc.RunDetails<[T]>): Error {
  const { counterexample, counterexamplePath, seed, numRuns, errorInstance } = details;
  const shown = fc.stringify(counterexample?.[0]);
  const input = shown.length > 4000 ? `${shown.slice(0, 4000)}… (${shown.length} long)` : shown;
  return new Error(
    `${name} fails with input ${numRuns} of seed ${seed}, made smaller:\n${input}\n` +
      `See it again: LOOOP_FUZZ_SEED=${seed} LOOOP_FUZZ_PATH=${counterexamplePath} deno task test:fuzz --filter "${name}"`,
    { cause: errorInstance },
  );
}
