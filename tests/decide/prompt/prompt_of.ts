import { makeFence, type PromptInput } from "../../../src/decide/prompt/parts.ts";
import { type Prompt, writePrompt } from "../../../src/decide/prompt/prompt.ts";
import { compareWorld, isTainted } from "../../../src/diff/diff.ts";
import { parseGoal } from "../../../src/profile/goal_file.ts";
import type { JsonObject } from "../../../src/schema/json.ts";
import { type Baseline, INITIAL_STATE } from "../../../src/schema/state.ts";
import type { Reading, World } from "../../../src/schema/world.ts";

/** The key of the fence that {@linkcode promptOf} uses. */
export const KEY = "5ec4e7";

/** A reading at a minute of the hour. */
export function reading(name: string, value: JsonObject, minute = 0, trusted = true): Reading {
  const at = `2026-11-23T09:${String(minute).padStart(2, "0")}:00.000Z`;
  const result = { ok: true, value } as const;
  return { name, file: `${name}.sh`, at, trusted, script: "s", ms: 1, bytes: 1, result };
}

/** A world with a PLAYBOOK and one goal. */
export function worldOf(more: Partial<World> = {}): World {
  return {
    at: "2026-11-23T09:30:00.000Z",
    playbook: { text: "# Playbook\n", digest: "d" },
    goals: [parseGoal("tea", "---\ngoal: Drink tea\n---\n", "d")],
    readings: [],
    asks: [],
    workers: [],
    claims: [],
    schedules: [],
    ...more,
  };
}

/** The prompt of a world, with a fence whose key is {@linkcode KEY}. */
export async function promptOf(
  world: World,
  { baseline = null, ...more }: Partial<PromptInput> & { baseline?: Baseline | null } = {},
): Promise<Prompt> {
  const fence = await makeFence("a secret");
  const key = /^<<<(\S+)/.exec(fence("", ""))?.[1] ?? "";
  const comparison = await compareWorld(world, baseline);
  const state = more.state ?? INITIAL_STATE;
  const prompt = writePrompt({
    world,
    comparison,
    state,
    tainted: isTainted(comparison, state, more.only),
    journal: [],
    fence,
    time: "Monday, 2026-11-23 09:30 (UTC+00:00)",
    ...more,
  });
  const named = (text: string) => text.replaceAll(key, KEY);
  return { system: named(prompt.system), user: named(prompt.user) };
}
