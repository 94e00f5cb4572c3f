import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { readLedger } from "../../src/budget/ledger.ts";
import { decide, type DecideInput } from "../../src/decide/decide.ts";
import { pickRunner } from "../../src/decide/runners/runner.ts";
import { DEFAULT_CONFIG } from "../../src/profile/config.ts";
import { parseGoal } from "../../src/profile/goal_file.ts";
import { placeId, profileId } from "../../src/profile/markers.ts";
import type { Ask } from "../../src/schema/ask.ts";
import type { Config } from "../../src/schema/config.ts";
import { canonicalJson, sha256Hex } from "../../src/schema/json.ts";
import type { Move } from "../../src/schema/move.ts";
import { INITIAL_STATE } from "../../src/schema/state.ts";
import type { Change } from "../../src/schema/world.ts";
import { type TempProfile, tempProfile } from "../support/temp_profile.ts";
import { reading, worldOf } from "./prompt/prompt_of.ts";

const RUN = "20261123t093000-deadbeef";
const NOOP: Move = { action: "noop", reason: "fine", journal: "looked" };

/** Decides on a world in which nothing changed. */
function decideOn(profile: TempProfile, more: Partial<DecideInput> = {}) {
  return decide(profile, {
    ...{ runId: RUN, world: worldOf(), comparison: { hash: "", digests: {}, changes: [] } },
    ...{ state: INITIAL_STATE, tainted: false, onProgress: () => {} },
    ...more,
  });
}

/** A profile whose runner is this command. */
function running(tick: string, config: Partial<Config> = {}): Promise<TempProfile> {
  return tempProfile({ config: { runner: "mine", runners: { mine: { tick } }, ...config } });
}

const ruled = (id: string, when: string, more = "") =>
  parseGoal(
    id,
    `---\ngoal: x\n${more}rules:\n  - name: r\n    when: ${JSON.stringify(when)}\n` +
      "    do: {action: noop, reason: ruled}\n---\n",
    "d",
  );
const RULED = { action: "noop", reason: "ruled", journal: "r: x", goal: "a" } as const;

async function approvalOf(profile: TempProfile, id: string, more: Partial<Ask>): Promise<Ask> {
  return {
    ...{ id, kind: "approval", question: "May I?", asked_at: "2026-11-23T09:00:00.000Z" },
    ...{ run_id: "r", answer: { text: "yes", at: "2026-11-23T10:00:00.000Z" }, ...more },
    approval: {
      ...{ move: NOOP, move_sha256: await sha256Hex(canonicalJson(NOOP)), digests: {} },
      ...{ preview: "", expires_at: "2026-11-24T09:00:00.000Z" },
      profile: await profileId(profile),
      place: await placeId(profile),
      action_sha256: "",
    },
  };
}

for (const tainted of [true, undefined]) {
  Deno.test(`decide takes an approved move first, which is tainted as its ask: ${tainted}`, async () => {
    const now = () => new Date("2026-11-23T23:00:00.000Z");
    await using made = await running("exit 9");
    const profile = { ...made, clock: { now, sleep: () => Promise.resolve() } };
    const other = await approvalOf(profile, "a0", { answer: undefined, tainted: !tainted });
    const asks = [other, await approvalOf(profile, "a1", { tainted })];
    const world = worldOf({ asks, goals: [ruled("a", "true")] });
    const state = { ...INITIAL_STATE, fired: { "a/r": "digest" } };
    assertEquals(await decideOn(profile, { world, state, tainted: !tainted }), {
      ...{ kind: "decided", decision: { by: "approval", source: "a1", move: NOOP } },
      ...{ tainted: tainted ?? false, fired: { "a/r": "digest" }, calls: [] },
    });
  });
}

for (
  const [what, when, more, tainted, isTainted] of [
    ["trusted", "true", "", false, false],
    ["tainted by the change", "true", "", true, true],
    ["tainted by its goal", "true", "untrusted: true\n", false, true],
    ["tainted by a value that it reads", "sensors.mail.n == 1", "", false, true],
  ] as [string, string, string, boolean, boolean][]
) {
  Deno.test(`decide takes a rule's move without a runner, ${what}`, async () => {
    await using profile = await tempProfile({ config: { runner: "none" } });
    const world = worldOf({
      goals: [ruled("a", when, more)],
      readings: [reading("mail", { n: 1 }, 0, false)],
    });
    const decided = await decideOn(profile, { world, tainted });
    assertEquals(Object.keys(decided.fired), ["a/r"]);
    assertEquals({ ...decided, fired: {} }, {
      ...{ kind: "decided", decision: { by: "rule", source: "a/r", move: RULED } },
      ...{ tainted: isTainted, fired: {}, calls: [], lasting: true },
    });
    const state = { ...INITIAL_STATE, fired: decided.fired };
    assertEquals(await decideOn(profile, { world, state, tainted }), {
      ...{ kind: "undecided", why: `the config says "runner": "none"` },
      ...{ fired: decided.fired, calls: [] },
    });
  });
}

Deno.test("decide gives rules what changed, the runner and the workers, and warns of those that err", async () => {
  await using profile = await running(`echo '${JSON.stringify(NOOP)}'`);
  const change: Change = { key: "sensor:ci", kind: "changed", lines: [], untrusted: false };
  const comparison = { hash: "", digests: {}, changes: [change] };
  const fires = async (when: string, more: Partial<DecideInput> = {}) => {
    const world = worldOf({ goals: [ruled("a", when)] });
    const decided = await decideOn(profile, { world, comparison, ...more });
    return decided.kind === "decided" && decided.decision.by === "rule";
  };
  assertEquals(await fires("'sensor:ci' in changed && size(changed) == 1"), true);
  assertEquals(await fires("runner == 'mine'"), true);
  assertEquals(await fires("runner == 'code'", { decider: () => NOOP }), true);
  assertEquals(await fires("tainted", { tainted: true }), true);
  const { config } = profile;
  profile.config = { ...config, runner: "none" };
  assertEquals(await fires("runner == 'none'"), true);
  profile.config = config;
  assertEquals(await fires("tainted"), false);
  assertEquals(profile.warnings, []);
  assertEquals(await fires("sensors.ci.red"), false);
  assertEquals(profile.warnings, [
    "rule `a/r` is ignored: there is no sensor `ci` (there are none)",
  ]);
});

Deno.test("decide for one goal skips approvals and rules, and names the goal in the move", async () => {
  await using profile = await running(`echo '${JSON.stringify(NOOP)}'`);
  const only = ruled("a", "true");
  const world = worldOf({ goals: [only], asks: [await approvalOf(profile, "a1", {})] });
  const decided = await decideOn(profile, { world, only });
  assertEquals(decided, {
    ...{ kind: "decided", tainted: false, fired: {}, calls: [{ runner: "mine", cost_usd: null }] },
    decision: { by: "runner", source: "mine", move: { ...NOOP, goal: "a" } },
  });
  await decideOn(profile);
  const kinds = [];
  for await (const lines of readLedger(profile)) kinds.push(...lines.map(({ kind }) => kind));
  assertEquals(kinds, ["run", "tick"]);
  const other = () => ({ ...NOOP, goal: "tea" });
  assertEquals(
    await decideOn(profile, { world: worldOf(), only, decider: other, tainted: true }),
    {
      ...{ kind: "decided", tainted: true, fired: {}, calls: [] },
      decision: { by: "code", source: "code", move: { ...NOOP, goal: "tea" } },
    },
  );
});

Deno.test("decide shows a decider in code the whole prompt, saves it, and passes the signal", async () => {
  await using profile = await tempProfile({ config: { runner: "none" } });
  const { signal } = new AbortController();
  const seen: unknown[] = [];
  const decider = (...args: unknown[]) => (seen.push(...args), NOOP);
  assertEquals((await decideOn(profile, { decider, signal })).kind, "decided");
  assertEquals(seen.length, 2);
  assertEquals([seen[0], seen[1] === signal], [await profile.read(`runs/${RUN}/prompt.md`), true]);
  assertStringIncludes(String(seen[0]), "# PLAYBOOK\n");
  assertStringIncludes(String(seen[0]), "\n\n# ASKS\n");
});

Deno.test("decide rejects a decider's move that cannot be applied to this world", async () => {
  await using profile = await tempProfile();
  const decider = () => ({ ...NOOP, goal: "coffee" });
  assertEquals(await decideOn(profile, { decider, tainted: true }), {
    ...{ kind: "failed", tainted: true, fired: {}, calls: [] },
    error: {
      kind: "refused",
      message: "the decider's answer was rejected: there is no goal `coffee` (there are tea)",
    },
  });
});

Deno.test("decide reports a runner that failed, and does not call one over budget", async () => {
  await using profile = await running("echo >> calls; echo boom >&2; exit 3", {
    budget: { ...DEFAULT_CONFIG.budget, decides_per_hour: 1 },
  });
  assertEquals(await decideOn(profile, { tainted: true }), {
    ...{ kind: "failed", error: { kind: "exit", message: "mine: exited with status 3: boom" } },
    ...{ tainted: true, fired: {}, calls: [{ runner: "mine", cost_usd: null }] },
  });
  const held = await decideOn(profile, { runId: "20261123t093001-deadbeef" });
  assertEquals([held.kind, held.calls, held.fired], ["held", [], {}]);
  assertEquals(held.kind === "held" && held.over.budget, "decides_per_hour");
  assertEquals(await profile.read("calls"), "\n");
});

Deno.test("pickRunner takes the configured runner, or the preferred one on PATH, or says why there is none", async () => {
  await using profile = await tempProfile();
  const pick = async (config: Partial<Config>, programs: string[]) => {
    const bin = await Deno.makeTempDir({ dir: profile.root });
    for (const name of programs) {
      await Deno.writeTextFile(join(bin, name), "#!/bin/sh\n", { mode: 0o700 });
    }
    const env = (name: string) => name === "PATH" ? bin : undefined;
    const picked = pickRunner({
      ...{ ...profile, env },
      config: { ...profile.config, ...config },
    });
    return picked.runner ? [picked.runner.name, picked.runner.takesSystemPrompt] : picked.why;
  };
  const all = ["pi", "claude", "codex", "opencode"];
  const none = `no LLM runner is installed (looked for ${all.join(", ")} on PATH)`;
  const mine = { mine: { tick: "x" } };
  assertEquals(await pick({ runner: "auto" }, []), none);
  assertEquals(await pick({ runner: "auto" }, [...all].reverse()), ["pi", true]);
  assertEquals(await pick({ runner: "auto" }, ["opencode", "codex"]), ["codex", true]);
  const codex = { codex: { tick: "x" } };
  assertEquals(await pick({ runner: "auto", runners: codex }, ["codex"]), ["codex", false]);
  assertEquals(await pick({ runner: "none" }, all), `the config says "runner": "none"`);
  assertEquals(await pick({ runner: "codex" }, all), ["codex", true]);
  assertEquals(await pick({ runner: "codex" }, ["pi"]), "the runner codex is not on PATH");
  assertEquals(await pick({ runner: "mine", runners: mine }, []), ["mine", false]);
  assertEquals(await pick({ runner: "codex", runners: codex }, []), ["codex", false]);
  assertEquals(
    pickRunner({ ...profile, env: () => undefined }).runner,
    null,
    "without a PATH there is none",
  );
});
