import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { readLedger } from "../../src/budget/ledger.ts";
import { tickOnce } from "../../src/loop/run.ts";
import type { Profile } from "../../src/profile/profile.ts";
import { readState } from "../../src/profile/state.ts";
import { subjects } from "../support/git.ts";
import { type TempProfile, tempProfile } from "../support/temp_profile.ts";

/** A profile whose runner is a shell command. */
function running(tick: string, output: "text" | "claude" = "text"): Promise<TempProfile> {
  return tempProfile({ config: { runner: "mine", runners: { mine: { tick, output } } } });
}

async function ledgerOf(profile: Profile) {
  const lines = [];
  for await (const some of readLedger(profile)) lines.push(...some);
  return lines;
}

const NOOP = `{"action":"noop","reason":"fine","journal":"looked"}`;

Deno.test("a runner's answer becomes a move, and each of its calls a ledger line", async () => {
  await using profile = await running(`cat > seen; echo '${NOOP}'`);
  const result = await tickOnce(profile);
  assert(result.outcome === "moved");
  assertEquals(result.decision, {
    by: "runner",
    source: "mine",
    move: { action: "noop", reason: "fine", journal: "looked" },
  });
  assertEquals(result.cost_usd, null);
  const [line] = await ledgerOf(profile);
  assertEquals([line.kind, line.id, line.runner, line.cost_usd], [
    "tick",
    result.run_id,
    "mine",
    null,
  ]);
  assertStringIncludes(await profile.read("seen"), "# PLAYBOOK");
});

Deno.test("a bad answer is asked again once, with the reason, and metered twice", async () => {
  await using profile = await running(
    `if grep -q REJECTED; then echo '${NOOP}'; else echo hello; fi`,
  );
  const told: string[] = [];
  const result = await tickOnce(profile, { onProgress: (text) => told.push(text) });
  assertEquals(result.outcome, "moved");
  assertEquals((await ledgerOf(profile)).length, 2);
  assertEquals(told, [
    "asking mine",
    "hello",
    'rejected: the answer is not one JSON object: it begins "hello"; asking again',
    NOOP,
  ]);
});

Deno.test("two bad answers fail the tick, and the next prompt says why", async () => {
  await using profile = await running(`cat > seen; echo nonsense`);
  const result = await tickOnce(profile);
  assert(result.outcome === "failed");
  assertEquals(result.error.kind, "refused");
  assertEquals((await ledgerOf(profile)).length, 2);
  await tickOnce(profile);
  const prompt = await profile.read("seen");
  assertStringIncludes(prompt, "# LAST FAILURE");
  assertStringIncludes(
    prompt,
    `mine's answer was rejected twice (last: the answer is not one JSON object`,
  );
  assertEquals(
    (await subjects(profile.paths.dataDir))[0].slice(0, 26),
    "no decision, mine's answer",
  );
});

Deno.test("three failures on one world park it until a human changes something", async () => {
  await using profile = await running(`echo nonsense`);
  for (let i = 0; i < 3; i++) assertEquals((await tickOnce(profile)).outcome, "failed");
  const parked = await tickOnce(profile);
  assert(parked.outcome === "parked");
  assertStringIncludes(
    parked.why,
    "3 decisions on the same world failed, the last one: mine's answer was rejected twice",
  );
  assertEquals((await ledgerOf(profile)).length, 6);
  await profile.write("PLAYBOOK.md", "# Try again\n");
  assertEquals((await tickOnce(profile)).outcome, "failed");
  assertEquals((await readState(profile)).parked, null);
});

Deno.test("a changed config ends the parking", async () => {
  await using profile = await running(`echo nonsense`);
  for (let i = 0; i < 3; i++) await tickOnce(profile);
  const mended = { ...profile, configDigest: "other" };
  assertEquals((await tickOnce(mended)).outcome, "failed");
});

Deno.test("an authentication error parks at once", async () => {
  const event = { type: "result", subtype: "success", is_error: true, api_error_status: 401 };
  const line = JSON.stringify({ ...event, result: "Invalid API key", total_cost_usd: 0 });
  await using profile = await running(`echo '${line}'`, "claude");
  const failed = await tickOnce(profile);
  assert(failed.outcome === "failed");
  assertEquals(failed.error.kind, "auth");
  assertEquals((await tickOnce(profile)).outcome, "parked");
  assertEquals((await readState(profile)).parked?.kind, "auth");
});

Deno.test("a rate limit parks until its reset, whatever else changes", async () => {
  let now = new Date("2026-11-23T09:00:00Z");
  const resetsAt = Date.parse("2026-11-23T10:00:00Z") / 1000;
  const limit = { type: "rate_limit_event", rate_limit_info: { status: "rejected", resetsAt } };
  await using profile = await tempProfile({
    clock: { now: () => now, sleep: () => Promise.resolve() },
    config: {
      runner: "mine",
      runners: { mine: { tick: `echo '${JSON.stringify(limit)}'`, output: "claude" } },
    },
  });
  const failed = await tickOnce(profile);
  assert(failed.outcome === "failed");
  assertEquals([failed.error.kind, failed.error.retry_at], [
    "rate_limit",
    "2026-11-23T10:00:00.000Z",
  ]);
  await profile.write("PLAYBOOK.md", "# Something else\n");
  assertEquals((await tickOnce(profile)).outcome, "parked");
  now = new Date("2026-11-23T10:00:01Z");
  assertEquals((await tickOnce(profile)).outcome, "failed");
});

Deno.test("a runner that hangs is killed at the deadline, with its children", async () => {
  await using profile = await tempProfile({
    env: { LOOOP_TICK_TIMEOUT: "0.5" },
    config: { runner: "mine", runners: { mine: { tick: "sleep 600 & echo $! > child; wait" } } },
  });
  const started = performance.now();
  const result = await tickOnce(profile);
  assert(result.outcome === "failed");
  assertEquals(result.error.kind, "timeout");
  assertEquals(result.error.message, "mine: did not answer within 0.5 s (LOOOP_TICK_TIMEOUT)");
  assert(performance.now() - started < 120_000);
  const child = (await profile.read("child")).trim();
  const { stdout } = await new Deno.Command("ps", { args: ["-o", "stat=", "-p", child] }).output();
  assert(
    ["", "Z"].includes(new TextDecoder().decode(stdout).trim().slice(0, 1)),
    "the child lives on",
  );
});

Deno.test("no runner decides nothing, says what was looked for, and writes nothing", async () => {
  await using profile = await tempProfile({ env: { PATH: "/nowhere:/usr/bin:/bin" } });
  const result = await tickOnce(profile);
  assert(result.outcome === "undecided");
  assertEquals(
    result.why,
    "no LLM runner is installed (looked for pi, claude, codex, opencode on PATH)",
  );
  assertEquals(await Deno.stat(profile.paths.state).catch(() => null), null);
});
