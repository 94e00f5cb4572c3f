import { canonicalJson } from "../model/canonical.ts";
import type { Change, Comparison } from "../model/change.ts";
import { cut } from "../model/cut.ts";
import type { GoalFile } from "../model/goal.ts";
import { sha256Hex } from "../model/sha256.ts";
import type { Baseline } from "../model/state.ts";
import { wakesOf, type World } from "../model/world.ts";
import type { describeChange } from "./describe_change.ts";

/** The most characters of a question, and of its answer. */
const MAX_SHOWN = 400;

/**
 * Compares a world with the baseline: what woke the loop, and a hash that names this very world.
 *
 * Answers to the loop's own asks that no decision has seen are changes of their own, whatever the baseline.
 */
export async function compareWorld(
  world: World<GoalFile>,
  baseline: Baseline | null,
): Promise<Comparison> {
  const wakes = wakesOf(world);
  const before = baseline ?? {};
  const digests: Record<string, string> = {};
  const changes: Change[] = [];
  const outside = outsideKeys(world);
  for (const key of Object.keys(wakes).sort()) {
    digests[key] = await sha256Hex(canonicalJson(wakes[key]));
    const old = Object.hasOwn(before, key) ? before[key] : null;
    if (old?.sha256 === digests[key]) continue;
    const untrusted = outside.has(key) || await isUntrustedGoal(world, key);
    // Where a person has come to trust it, the difference would show what they did not trust before.
    const lines = old?.untrusted && !untrusted
      ? []
      : await describe(key, old?.was ?? null, wakes[key]);
    changes.push({ key, kind: old ? "changed" : "added", lines, untrusted });
  }
  for (const key of Object.keys(before).sort()) {
    // A worker's end that was seen is no news when it is archived.
    if (Object.hasOwn(wakes, key) || key.startsWith("worker:")) continue;
    // Of a sensor, a baseline of an older looop does not tell whether strangers could write what it read.
    const untrusted = key.startsWith("sensor:") || before[key].untrusted === true;
    const lines = await describe(key, before[key].was, null);
    changes.push({ key, kind: "removed", lines, untrusted });
  }
  for (const { id, question, answer, worker, tainted = false } of world.asks) {
    // What a worker asked, it also reads.
    if (!answer || worker !== undefined) continue;
    const key = `answer:${id}`;
    digests[key] = await sha256Hex(answer.text);
    // Both stand whole among the asks.
    const line = `${cut(question, MAX_SHOWN)} → ${cut(answer.text, MAX_SHOWN)}`;
    changes.push({ key, kind: "added", lines: [line], untrusted: tainted });
  }
  return { hash: await hashOf(digests), digests, changes };
}

/** Loaded only once something has changed. */
const describe: typeof describeChange = async (...change) =>
  await (await import("./describe_change.ts")).describeChange(...change);

/** Keys and digests are framed by their lengths, so that no two worlds can run together into one text. */
async function hashOf(digests: Record<string, string>): Promise<string> {
  const framed = Object.keys(digests).sort().map((key) => `${key.length}:${key}:${digests[key]}`);
  return await sha256Hex(framed.join("\n"));
}

/** Untrusted readings, and workers whose end brings what their `verify` printed. */
function outsideKeys({ readings, workers }: World<GoalFile>): Set<string> {
  return new Set([
    ...readings.filter(({ trusted }) => !trusted).map(({ name }) => `sensor:${name}`),
    ...workers.filter(({ verification }) => verification?.passed === false)
      .map(({ id }) => `worker:${id}`),
  ]);
}

async function isUntrustedGoal({ goals }: World<GoalFile>, key: string): Promise<boolean> {
  const goal = goals.find(({ id }) => key === `goal:${id}`);
  if (!goal) return false;
  // Loaded only here: it takes 20 ms, and most ticks see no changed goal.
  const { parseGoal } = await import("../profile/parse_goal.ts");
  const { id, text, exact = text, digest } = goal;
  return goal.error !== undefined || parseGoal(id, exact, digest).untrusted;
}
