import { canonicalJson } from "../model/canonical.ts";
import type { Change, Comparison } from "../model/change.ts";
import { cut } from "../model/cut.ts";
import type { GoalFile } from "../model/goal.ts";
import { sha256Hex } from "../model/sha256.ts";
import type { Baseline } from "../model/state.ts";
import { wakesOf, type World } from "../model/world.ts";
import { describeChange } from "./describe_change.ts";

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
  const untrusted = untrustedReadings(world);
  for (const key of Object.keys(wakes).sort()) {
    digests[key] = await sha256Hex(canonicalJson(wakes[key]));
    const old = Object.hasOwn(before, key) ? before[key] : null;
    if (old?.sha256 === digests[key]) continue;
    changes.push({
      key,
      kind: old ? "changed" : "added",
      lines: await describeChange(key, old?.was ?? null, wakes[key]),
      untrusted: untrusted.has(key) || await isUntrustedGoal(world, key),
    });
  }
  for (const key of Object.keys(before).sort()) {
    // A worker's end that was seen is no news when it is archived.
    if (Object.hasOwn(wakes, key) || key.startsWith("worker:")) continue;
    // What a stranger wrote may stand in the old value, and nothing tells any more that one did.
    const untrusted = key.startsWith("sensor:");
    const lines = await describeChange(key, before[key].was, null);
    changes.push({ key, kind: "removed", lines, untrusted });
  }
  for (const { id, question, answer, worker } of world.asks) {
    // What a worker asked, it also reads.
    if (!answer || worker !== undefined) continue;
    const key = `answer:${id}`;
    digests[key] = await sha256Hex(answer.text);
    // Both stand whole among the asks.
    const line = `${cut(question, MAX_SHOWN)} → ${cut(answer.text, MAX_SHOWN)}`;
    changes.push({ key, kind: "added", lines: [line], untrusted: false });
  }
  return { hash: await hashOf(digests), digests, changes };
}

/** Keys and digests are framed by their lengths, so that no two worlds can run together into one text. */
async function hashOf(digests: Record<string, string>): Promise<string> {
  const framed = Object.keys(digests).sort().map((key) => `${key.length}:${key}:${digests[key]}`);
  return await sha256Hex(framed.join("\n"));
}

function untrustedReadings({ readings }: World<GoalFile>): Set<string> {
  return new Set(readings.filter(({ trusted }) => !trusted).map(({ name }) => `sensor:${name}`));
}

async function isUntrustedGoal({ goals }: World<GoalFile>, key: string): Promise<boolean> {
  const goal = goals.find(({ id }) => key === `goal:${id}`);
  if (!goal) return false;
  // Loaded only here: it takes 20 ms, and most ticks see no changed goal.
  const { parseGoal } = await import("../profile/parse_goal.ts");
  return goal.error !== undefined || parseGoal(goal.id, goal.text, goal.digest).untrusted;
}
