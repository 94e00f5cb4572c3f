import { assertEquals, assertRejects } from "@std/assert";
import { readLedger } from "../../src/budget/ledger.ts";
import { type AskInput, askRunner } from "../../src/decide/ask_runner.ts";
import { costsOfGoals } from "../../src/goals/ready.ts";
import { tryLock } from "../../src/os/lock.ts";
import { runnerNamed } from "../../src/decide/runners/runner.ts";
import type { LedgerLine } from "../../src/schema/ledger.ts";
import type { OverBudget, RunnerConfig } from "../../src/schema/config.ts";
import type { Move } from "../../src/schema/move.ts";
import { type Allowance, checkBudget } from "../../src/workers/spending.ts";
import { type TempProfile, tempProfile } from "../support/temp_profile.ts";

const AT = "2026-11-23T09:00:00.000Z";
const RUN = "20261123t093000-deadbeef";
const NOOP = { action: "noop", reason: "fine", journal: "looked", goal: "tea" } as const;
const OVER: OverBudget = { budget: "usd_per_day", why: "over" };
const clock = { now: () => new Date(AT), sleep: () => Promise.resolve() };
const text = JSON.stringify(NOOP);

/** What {@linkcode ask} is to do other than by default. */
interface Asking extends Partial<AskInput>, RunnerConfig {
  check?: (move: Move) => Promise<string | null>;
  allowed?: Allowance;
}

/** Asks a runner that is a shell command; gives the answer, what it showed, and how often the budget was checked. */
async function ask(profile: TempProfile, tick: string, { output, ...asking }: Asking = {}) {
  const shown: string[] = [];
  let budgetChecks = 0;
  const { check = () => Promise.resolve(null), allowed = { over: null }, ...input } = asking;
  const answer = await askRunner(profile, runnerNamed("mine", { tick, output }), {
    ...{ runId: RUN, kind: "tick", prompt: { system: "SYSTEM\n", user: "USER\n" } },
    onProgress: (line) => shown.push(line),
    checkBudget: () => Promise.resolve((budgetChecks++, allowed)),
    ...input,
  }, check);
  return { answer, shown, budgetChecks };
}

async function ledgerOf(profile: TempProfile): Promise<LedgerLine[]> {
  const lines = [];
  for await (const some of readLedger(profile)) lines.push(...some);
  return lines;
}

/** A command that answers as Claude Code does. */
function claudeSays(result: string, more: object = {}): string {
  const usage = { input_tokens: 5, cache_read_input_tokens: 3, output_tokens: 2 };
  const event = { type: "result", subtype: "success", result, total_cost_usd: 0.5, usage };
  const init = { type: "system", subtype: "init", model: "m" };
  const lines = [init, { ...event, ...more }].map((line) => JSON.stringify(line)).join("\n");
  return `cat <<'END'\n${lines}\nEND`;
}

for (const kind of ["tick", "run"] as const) {
  Deno.test(`askRunner gives a valid move at once, and meters the call of a ${kind}`, async () => {
    await using profile = await tempProfile({ clock });
    const { answer, shown, budgetChecks } = await ask(profile, claudeSays(text), {
      ...{ kind, output: "claude" },
    });
    assertEquals(answer, { ok: true, move: NOOP, calls: [{ runner: "mine", cost_usd: 0.5 }] });
    assertEquals([shown, budgetChecks], [["asking mine", "model m"], 0]);
    const [{ duration_ms, ...line }, ...more] = await ledgerOf(profile);
    assertEquals([Number.isInteger(duration_ms), more], [true, []]);
    assertEquals(line, {
      ...{ ts: AT, kind, id: RUN, goal: "tea", runner: "mine", model: "m", cost_usd: 0.5 },
      ...{ input_tokens: 8, cached_input_tokens: 3, output_tokens: 2, call: `${RUN}-mine-1` },
    });
  });
}

for (
  const [printed, kind] of [
    ["echo Credit balance is too low", "rate_limit"],
    ["echo 'Invalid API key · Please run /login'", "auth"],
    ["echo '[API Error: 503 try again later]'", "model"],
    [`printf '<html>\\n<head><title>502 Bad Gateway</title></head>\\n'`, "model"],
    [`echo '{"error":{"code":429,"message":"later"}}'`, "rate_limit"],
    ["echo 'Not logged in · Please run /login'; exit 1", "auth"],
    ["echo I like the number 503", "refused"],
    ["echo No action: the API key is missing", "refused"],
    ["printf 'The API answers 503.\\nIt is overloaded.'", "refused"],
  ]
) {
  Deno.test(`askRunner takes the output of ${printed} for ${kind}`, async () => {
    await using profile = await tempProfile({ clock });
    const { answer } = await ask(profile, printed);
    assertEquals(answer.ok ? "moved" : answer.error?.kind, kind);
  });
}

Deno.test("askRunner has each call in the ledger, with an unknown cost, before it starts", async () => {
  await using profile = await tempProfile({ clock });
  const seen = `${profile.root}/seen`;
  await ask(profile, `cat "${profile.paths.ledger}" >>"${seen}"; echo no move`);
  const lines = (await Deno.readTextFile(seen)).trimEnd().split("\n");
  const calls = lines.map((line) => JSON.parse(line))
    .map(({ call, begun = false, cost_usd }) => [call, begun, cost_usd]);
  assertEquals(calls, [
    [`${RUN}-mine-1`, true, null],
    // The second attempt sees both lines of the first.
    [`${RUN}-mine-1`, true, null],
    [`${RUN}-mine-1`, false, null],
    [`${RUN}-mine-2`, true, null],
  ]);
  assertEquals((await ledgerOf(profile)).length, 2);
});

Deno.test("askRunner makes no call where the ledger cannot be written", async () => {
  await using profile = await tempProfile({ clock });
  await Deno.mkdir(profile.paths.ledger);
  const called = `${profile.root}/called`;
  await assertRejects(() => ask(profile, `touch "${called}"`));
  await assertRejects(() => Deno.stat(called), Deno.errors.NotFound);
});

Deno.test("a call counts as running while it is asked, and as an unknown cost once it was cut off", async () => {
  await using profile = await tempProfile({ clock });
  profile.config.budget = { ...profile.config.budget, usd_per_day: 5 };
  // A pulse that runs beside a call says nothing about it.
  using _ = await tryLock(profile.paths.pulseLock);
  let during: Promise<Allowance> | null = null;
  const onProgress = (line: string) => {
    if (line !== "asked") return;
    // The second attempt already finds the first one's unknown cost.
    during ??= checkBudget(profile).finally(() => profile.write("go", ""));
  };
  await ask(profile, `echo asked; until [ -e go ]; do sleep 0.05; done`, { onProgress });
  assertEquals(await during, { over: null, usdLeft: 5 });
  await Deno.remove(profile.paths.ledger);
  // Its output cannot be saved, so that its end is not recorded.
  const broken = `rm runs/${RUN}/output.jsonl; mkdir -p runs/${RUN}/output.jsonl/x`;
  await assertRejects(() => ask(profile, broken, { kind: "run", goal: "tea" }));
  assertEquals((await ledgerOf(profile)).map(({ begun }) => begun), [true]);
  assertEquals((await checkBudget(profile)).over?.budget, "unknown_cost");
  assertEquals((await costsOfGoals(profile, ["tea"], {})).get("tea"), { usd: 0, unknown: 1 });
});

for (
  const [what, first, quoted, why] of [
    [
      "that is no move, with what it said",
      ...["echo; echo hello; echo", "You answered:\n\nhello"],
      'the answer is not one JSON object: it begins "hello"',
    ],
    ["that is empty", ":", "Your answer was empty.", "the answer was empty"],
    [
      "that is long, with its first 4,000 characters",
      `printf 'b%.0s' $(seq 5000)`,
      `You answered:\n\n${"b".repeat(4000)}`,
      `the answer is not one JSON object: it begins "${"b".repeat(79)}…"`,
    ],
  ]
) {
  Deno.test(`askRunner asks again after an answer ${what}`, async () => {
    await using profile = await tempProfile({ clock });
    const tick = `echo "$LOOOP_USD_LIMIT" >> limits
if [ -e asked ]; then echo '${text}'; else touch asked; ${first}; fi`;
    const { answer, shown, budgetChecks } = await ask(profile, tick, {
      ...{ usdLimit: 2, allowed: { over: null, usdLeft: 1.5 } },
    });
    const call = { runner: "mine", cost_usd: null };
    assertEquals(answer, { ok: true, move: NOOP, calls: [call, call] });
    assertEquals([shown.at(-2), shown.at(-1)], [`rejected: ${why}; asking again`, text]);
    assertEquals([budgetChecks, await profile.read("limits")], [1, "2\n1.5\n"]);
    assertEquals((await ledgerOf(profile)).map(({ goal }) => goal), [null, "tea"]);
    assertEquals(
      await profile.read(`runs/${RUN}/prompt-2.md`),
      `SYSTEM\n\nUSER\n\n# YOUR ANSWER WAS REJECTED\n\n${quoted}\n\nReason: ${why}\n\n` +
        "Answer with one JSON object and nothing else.\n",
    );
    assertEquals(await profile.read(`runs/${RUN}/prompt.md`), "SYSTEM\n\nUSER\n");
    assertEquals(await profile.read(`runs/${RUN}/output-2.jsonl`), `${text}\n`);
  });
}

Deno.test("askRunner gives up after two answers that the check rejects, with the last reason", async () => {
  await using profile = await tempProfile();
  const asked: Move[] = [];
  const { answer, budgetChecks } = await ask(profile, `echo '${text}'`, {
    check: (move) => Promise.resolve(`no ${asked.push(move)}`),
  });
  const call = { runner: "mine", cost_usd: null };
  assertEquals(answer, {
    ok: false,
    error: { kind: "refused", message: "mine's answer was rejected twice (last: no 2)" },
    calls: [call, call],
  });
  assertEquals([asked, budgetChecks], [[NOOP, NOOP], 1]);
});

Deno.test("askRunner does not ask again once the first call used up a budget", async () => {
  await using profile = await tempProfile();
  const { answer } = await ask(profile, "echo hello", { allowed: { over: OVER } });
  const calls = [{ runner: "mine", cost_usd: null }];
  assertEquals(answer, { ok: false, error: null, over: OVER, calls });
});

Deno.test("askRunner reports a call that failed, without asking again", async () => {
  await using profile = await tempProfile();
  const { answer, budgetChecks } = await ask(profile, "echo boom >&2; exit 3", {
    allowed: { over: OVER },
  });
  const error = { kind: "exit" as const, message: "mine: exited with status 3: boom" };
  const calls = [{ runner: "mine", cost_usd: null }];
  assertEquals([answer, budgetChecks], [{ ok: false, error, calls }, 0]);
  assertEquals((await ledgerOf(profile)).length, 1);
});

for (const over of [OVER, null]) {
  const title = over ? "that its budget is used up" : "the error where more is left";
  Deno.test(`askRunner reports of a call that reached its dollars ${title}`, async () => {
    await using profile = await tempProfile();
    const failed = { subtype: "error_max_budget_usd", is_error: true, result: "too dear" };
    const { answer } = await ask(profile, claudeSays("", failed), {
      ...{ output: "claude", allowed: { over } },
    });
    const calls = [{ runner: "mine", cost_usd: 0.5 }];
    const error = { kind: "budget" as const, message: "mine: too dear" };
    assertEquals(
      answer,
      over ? { ok: false, error: null, over, calls } : { ok: false, error, calls },
    );
  });
}

Deno.test("askRunner meters a call also where the check of its move throws", async () => {
  await using profile = await tempProfile();
  const check = () => Promise.reject(new Error("bug"));
  await assertRejects(() => ask(profile, `echo '${text}'`, { check }), Error, "bug");
  assertEquals((await ledgerOf(profile)).length, 1);
});
