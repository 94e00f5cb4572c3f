import { assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { readLedger } from "../../src/budget/ledger.ts";
import type { LedgerLine } from "../../src/schema/ledger.ts";
import { eventually } from "../support/eventually.ts";
import type { TempProfile, TempProfileOptions } from "../support/temp_profile.ts";
import { examine, program, soundProfile } from "./examine.ts";

/** A profile whose decisions are made by a program of its own, `mine`. */
async function liveProfile(
  script: string,
  config: TempProfileOptions["config"] = {},
): Promise<TempProfile> {
  const profile = await soundProfile({
    config: { ...MINE, ...config },
  });
  await program(profile, "mine", script);
  return profile;
}

const MINE = { runner: "mine", worker_runner: "mine", runners: { mine: { tick: "mine" } } };

/** What asking gave. */
async function asked(profile: TempProfile) {
  return (await examine(profile, { live: true })).filter(({ check }) => check === "live");
}

async function ledger(profile: TempProfile): Promise<LedgerLine[]> {
  const lines = [];
  for await (const some of readLedger(profile)) lines.push(...some);
  return lines;
}

const ANSWER = `cat > prompt_seen
echo '{"action": "noop", "reason": "asked by looop doctor", "journal": "answered"}'`;

Deno.test("doctor asks no runner without --live; with it the one that decides, as decisions do, and meters that", async () => {
  await using profile = await liveProfile(ANSWER);
  assertEquals(await ledger(profile), []);
  const [answered, ...rest] = await asked(profile);
  assertMatch(answered.found, /^mine answered: \d+\.\d s, cost unknown$/);
  assertEquals([answered.level, rest], ["ok", []]);
  assertMatch(await profile.read("prompt_seen"), /exactly one JSON object/);
  const lines = await ledger(profile);
  assertEquals(lines.map(({ kind, runner, cost_usd }) => [kind, runner, cost_usd]), [
    ["tick", "mine", null],
  ]);
  await profile.read(`runs/${lines[0].id}/output.jsonl`);
  // The journal and the state are not touched.
  assertEquals(await profile.read("journal.md").catch(() => ""), "");
});

Deno.test("doctor tells what an answer cost", async () => {
  const result = {
    ...{ type: "result", subtype: "success", is_error: false, total_cost_usd: 0.0123 },
    result: '{"action":"noop","reason":"r","journal":"j"}',
    usage: { input_tokens: 5, output_tokens: 7 },
  };
  await using profile = await liveProfile(`cat >/dev/null; echo '${JSON.stringify(result)}'`, {
    runners: { mine: { tick: "mine", output: "claude" } },
  });
  const [{ found }] = await asked(profile);
  assertMatch(found, /^mine answered: \d+\.\d s, \$0\.0123$/);
  assertEquals((await ledger(profile))[0].output_tokens, 7);
});

Deno.test("doctor fails where the runner fails, or answers something else", async () => {
  await using profile = await liveProfile("echo 'no credentials' >&2; exit 3");
  const [failed] = await asked(profile);
  assertEquals(failed.level, "fail");
  assertMatch(failed.found, /^mine: .*status 3.* \(\d+\.\d s, cost unknown\)$/);
  const [{ id }] = await ledger(profile);
  assertEquals(
    failed.fix,
    `ls ${join(profile.paths.runs, id)} (the prompt and the answer)`,
  );
  await program(profile, "mine", "cat >/dev/null; echo hello");
  const [{ found }] = await asked(profile);
  assertMatch(found, /^mine's answer was rejected twice \(last: the answer is not one JSON object/);
});

Deno.test("doctor asks the runner of workers, too, where it is another that can decide", async () => {
  await using profile = await liveProfile(ANSWER, {
    worker_runner: "other",
    runners: { mine: { tick: "mine" }, other: { tick: "mine", worker: "sh" } },
  });
  const found = (await asked(profile)).map(({ level, found }) => [level, found.split(":")[0]]);
  assertEquals(found, [["ok", "mine answered"], ["ok", "other answered"]]);
});

Deno.test("doctor asks nobody while a budget holds, and says so where nobody is there", async () => {
  const budget = { decides_per_hour: 0, workers: 8, unknown_cost: "hold" } as const;
  await using profile = await liveProfile(ANSWER, { budget });
  assertEquals(await asked(profile), [{
    check: "live",
    level: "warn",
    found:
      "mine was not called: 0 runner calls within an hour, the limit is 0 (budget.decides_per_hour)",
    fix: "looop asks",
  }]);
  assertEquals(await ledger(profile), []);
  await using none = await soundProfile({ config: { runner: "none", worker_runner: "none" } });
  assertEquals(
    (await asked(none))[0].found,
    'there is no runner to call: the config says "runner": "none"',
  );
});

Deno.test("doctor is stopped while it waits for a runner, and asks no other", async () => {
  await using profile = await liveProfile("echo started > begun; exec sleep 600", {
    worker_runner: "claude",
  });
  const stop = new AbortController();
  const examined = examine(profile, { live: true, signal: stop.signal }).then(
    () => "done",
    (error) => error.message,
  );
  await eventually(
    "the runner is asked",
    () => profile.read("begun").then(() => true, () => false),
  );
  stop.abort(new Error("stopped"));
  assertEquals(await examined, "stopped");
  assertEquals((await ledger(profile)).length, 1);
});
