import { assert, assertEquals } from "@std/assert";
import { tickOnce } from "../../src/loop/run.ts";
import { readState } from "../../src/profile/state.ts";
import type { OutputFormat } from "../../src/schema/config.ts";
import { failingOf } from "../../src/schema/failing.ts";
import type { TickResult } from "../../src/schema/tick_result.ts";
import { type TempProfile, tempProfile } from "../support/temp_profile.ts";

const NOOP = `{"action":"noop","reason":"fine","journal":"looked"}`;
const START = Date.parse("2026-11-23T09:00:00Z");

/** A clock that the test sets, and that goes on by some milliseconds with each reading. */
function steppedClock(stepMs = 0) {
  let ms = START;
  const clock = { minutes: 0, now: () => new Date((ms += stepMs) + clock.minutes * 60_000) };
  return clock;
}

/** How each program prints the answer. */
const ANSWERS: Partial<Record<OutputFormat, object>> = {
  claude: { type: "result", subtype: "success", result: NOOP, total_cost_usd: 0.01 },
  codex: { type: "item.completed", item: { type: "agent_message", text: NOOP } },
  pi: {
    type: "message_end",
    message: { role: "assistant", content: [{ type: "text", text: NOOP }], stopReason: "stop" },
  },
};

/** A profile whose runner fails as told until the file `well` exists, and its clock. */
async function failing(output: OutputFormat, fail: string) {
  const clock = steppedClock();
  const answer = ANSWERS[output] ? JSON.stringify(ANSWERS[output]) : NOOP;
  const tick = `cat > prompt; if [ -e well ]; then echo '${answer}'; else\n${fail}\nfi`;
  const profile = await tempProfile({
    clock: { now: clock.now, sleep: () => Promise.resolve() },
    config: { runner: "mine", runners: { mine: { tick, output } } },
    history: false,
  });
  return { profile, clock };
}

async function tick(profile: TempProfile): Promise<string> {
  const result: TickResult = await tickOnce(profile);
  return result.outcome === "failed" ? result.error.kind : result.outcome;
}

/** What Claude Code prints of a call that failed. */
function claudeFails(result: string, status: number | null): string {
  const event = { type: "result", subtype: "success", is_error: true, api_error_status: status };
  return `cat <<'END'\n${JSON.stringify({ ...event, result })}\nEND\nexit 1`;
}

/** A message of pi's that failed, which exits with status 0. */
function piFails(errorMessage: string): string {
  const message = { role: "assistant", content: [], stopReason: "error", errorMessage };
  return `cat <<'END'\n${JSON.stringify({ type: "message_end", message })}\nEND`;
}

for (
  const [what, output, fail, kind] of [
    ["is overloaded", "claude", claudeFails("API Error: 529 Overloaded", 529), "model"],
    [
      "cannot be found",
      "claude",
      claudeFails("getaddrinfo ENOTFOUND login.example.com", null),
      "model",
    ],
    ["refuses connections", "pi", piFails("Connection error. (connect ECONNREFUSED)"), "model"],
    ["sends an error of its proxy", "pi", piFails("502 Bad gateway: authentication"), "model"],
    ["is cut off", "codex", `echo '{"type":"turn.failed","error":null}'; exit 1`, "model"],
    ["prints nothing", "text", "exit 0", "empty"],
    ["crashes", "text", "echo 'Unauthorized' >&2; kill -9 $$", "exit"],
    ["writes to a full disk", "text", "echo 'Disk quota exceeded' >&2; exit 1", "exit"],
  ] as [string, OutputFormat, string, string][]
) {
  Deno.test(`a provider that ${what} never parks the loop: it decides as soon as that is over`, async () => {
    const { profile, clock } = await failing(output, fail);
    await using _ = profile;
    for (let i = 0; i < 4; i++) {
      assertEquals(await tick(profile), kind);
      clock.minutes += 5;
    }
    const { failure, parked } = await readState(profile);
    assertEquals([failure?.since?.slice(0, 19), parked], ["2026-11-23T09:00:00", null]);
    await profile.write("well", "");
    assertEquals(await tick(profile), "moved");
    assertEquals((await readState(profile)).failure, null);
    // The model has no part in it.
    assert(!(await profile.read("prompt")).includes("# LAST FAILURE"));
  });
}

Deno.test("a limit without an end is tried again after 5, 10, then 15 minutes", async () => {
  const { profile, clock } = await failing("claude", claudeFails("usage limit reached", 429));
  await using _ = profile;
  for (const pause of [5, 10, 15, 15]) {
    assertEquals(await tick(profile), "rate_limit");
    clock.minutes += pause - 1;
    assertEquals(await tick(profile), "parked", `${pause} minutes`);
    clock.minutes += 1;
  }
  await profile.write("well", "");
  assertEquals(await tick(profile), "moved");
});

Deno.test("a limit with an end is waited out, in the words of the program", async () => {
  const fail = claudeFails("You've hit your session limit · resets 10:30am (UTC)", 429);
  const { profile, clock } = await failing("claude", fail);
  await using _ = profile;
  assertEquals(await tick(profile), "rate_limit");
  await profile.write("well", "");
  clock.minutes = 90;
  assertEquals(await tick(profile), "parked");
  clock.minutes = 91;
  assertEquals(await tick(profile), "moved");
});

Deno.test("refused credentials are tried again every 30 minutes, whatever changes, and after a change of the config", async () => {
  const { profile, clock } = await failing("claude", claudeFails("Invalid API key", 401));
  await using _ = profile;
  for (let i = 0; i < 3; i++) {
    assertEquals(await tick(profile), "auth");
    clock.minutes += 29;
    await profile.write("PLAYBOOK.md", `# ${i}\n`);
    assertEquals(await tick(profile), "parked");
    clock.minutes += 1;
  }
  assertEquals(await tick(profile), "auth");
  await profile.write("well", "");
  assertEquals((await tickOnce({ ...profile, configDigest: "other" })).outcome, "moved");
});

Deno.test("invalid answers park for 6 hours at most", async () => {
  const { profile, clock } = await failing("text", "echo nonsense");
  await using _ = profile;
  for (let i = 0; i < 3; i++) assertEquals(await tick(profile), "refused");
  assertEquals(await tick(profile), "parked");
  clock.minutes = 359;
  assertEquals(await tick(profile), "parked");
  clock.minutes = 360;
  assertEquals([await tick(profile), await tick(profile)], ["refused", "parked"]);
  clock.minutes = 720;
  await profile.write("well", "");
  assertEquals(await tick(profile), "moved");
});

Deno.test("an empty answer of a model, which was paid for, is an invalid one", async () => {
  const usage = { input_tokens: 5, output_tokens: 2 };
  const event = { type: "result", subtype: "success", result: "", total_cost_usd: 0.01, usage };
  const { profile } = await failing("claude", `echo '${JSON.stringify(event)}'`);
  await using _ = profile;
  for (let i = 0; i < 3; i++) assertEquals(await tick(profile), "refused");
  assertEquals(await tick(profile), "parked");
});

Deno.test("an outage between invalid answers neither counts as one nor parks", async () => {
  const { profile } = await failing("text", "if [ -s down ]; then exit 7; fi; echo nonsense");
  await using _ = profile;
  const kinds = [];
  for (const down of [false, true, true, false, true, false]) {
    await profile.write("down", down ? "yes" : "");
    kinds.push(await tick(profile));
  }
  assertEquals(kinds, ["refused", "exit", "exit", "refused", "exit", "refused"]);
  assertEquals((await readState(profile)).parked?.kind, "failures");
});

const RULE = `---
goal: Keep it green
rules:
  - name: red
    when: sensors.ci == "red"
    do: { action: start_worker, id: fix, prompt: repair it }
---
`;

/** A profile with a rule whose move fails until its worker's runner is in the config. */
async function ruled() {
  const clock = steppedClock(1);
  const profile = await tempProfile({
    clock: { now: clock.now, sleep: () => Promise.resolve() },
    config: { runner: "none", worker_runner: "gone" },
    files: {
      "goals/ci.md": RULE,
      "sensors/ci.sh": "#!/bin/sh\ncat ci\n",
      ci: `{"signal":"red"}`,
    },
    history: false,
  });
  const tick = async () => {
    const result = await tickOnce(profile);
    return result.outcome === "moved" ? result.result.status : result.outcome;
  };
  return { profile, clock, tick };
}

Deno.test("a rule's move that fails is made at the next tick, then with growing pauses, and asks no one else", async () => {
  const { profile, clock, tick } = await ruled();
  await using _ = profile;
  assertEquals([await tick(), await tick()], ["failed", "failed"]);
  for (const pause of [1, 2, 4, 8, 15, 15]) {
    clock.minutes += pause - 0.5;
    assertEquals(await tick(), "undecided", `${pause} minutes`);
    clock.minutes += 0.5;
    assertEquals(await tick(), "failed", `${pause} minutes`);
  }
  const state = await readState(profile);
  assertEquals([state.failure, state.parked], [null, null]);
  const { since, why } = failingOf(state) ?? {};
  assertEquals(since?.slice(0, 16), "2026-11-23T09:00");
  assert(why?.startsWith("rule ci/red: start_worker failed: "), why);
});

Deno.test("a rule's retries ask no decider about a world that it has seen", async () => {
  const { profile, clock } = await ruled();
  await using _ = profile;
  let asked = 0;
  const decider = () => {
    asked++;
    return { action: "noop", reason: "fine", journal: "looked", more: false } as const;
  };
  const outcomes = [];
  for (let minute = 0; minute <= 60; minute++) {
    clock.minutes = minute;
    const result = await tickOnce(profile, { decider });
    outcomes.push(result.outcome === "moved" ? result.result.status : result.outcome);
  }
  assertEquals(asked, 1);
  assertEquals(outcomes.filter((outcome) => outcome === "failed").length, 8);
  assertEquals(new Set(outcomes), new Set(["failed", "made", "idle"]));
});

Deno.test("a rule is not tried again once its reason is gone, and at once where the world has changed", async () => {
  const { profile, clock, tick } = await ruled();
  await using _ = profile;
  assertEquals([await tick(), await tick(), await tick()], ["failed", "failed", "undecided"]);
  await profile.write("PLAYBOOK.md", "# Changed\n");
  assertEquals([await tick(), await tick()], ["failed", "undecided"]);
  await profile.write("ci", `{"signal":"green"}`);
  clock.minutes = 60;
  assertEquals([await tick(), await tick()], ["undecided", "undecided"]);
  const state = await readState(profile);
  assertEquals([state.fired, failingOf(state)], [{}, null]);
});
