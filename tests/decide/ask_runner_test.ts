import { assert, assertEquals } from "@std/assert";
import { callRunner } from "../../src/decide/ask_runner.ts";
import { type Runner, runnerNamed, TextReader } from "../../src/decide/runners/runner.ts";
import type { OutputFormat } from "../../src/schema/config.ts";
import { type TempProfile, tempProfile } from "../support/temp_profile.ts";

/** Calls a runner that is a shell command; gives its result and what it showed. */
async function call(
  profile: TempProfile,
  tick: string,
  { signal, output }: { signal?: AbortSignal; output?: OutputFormat } = {},
) {
  const shown: string[] = [];
  const result = await callRunner(profile, runnerNamed("mine", { tick, output }), {
    runId: "20261123t093000-deadbeef",
    attempt: 1,
    prompt: { system: "SYSTEM\n", user: "USER\n" },
    onProgress: (text) => shown.push(text),
    signal,
  });
  return { ...result, shown };
}

Deno.test("callRunner gives the prompt on stdin, and keeps it with all that was printed", async () => {
  await using profile = await tempProfile();
  const { text, error, cost_usd } = await call(profile, "cat; printf 'no line break'");
  assertEquals([text, error, cost_usd], ["SYSTEM\n\nUSER\nno line break", null, null]);
  const run = "runs/20261123t093000-deadbeef";
  assertEquals(await profile.read(`${run}/prompt.md`), "SYSTEM\n\nUSER\n");
  assertEquals(await profile.read(`${run}/output.jsonl`), "SYSTEM\n\nUSER\nno line break\n");
});

Deno.test("callRunner takes a line of 24 MiB in little time", async () => {
  await using profile = await tempProfile();
  const { text, error, ms } = await call(profile, "head -c 25165824 /dev/zero | tr '\\0' x");
  assertEquals([text.length, error], [25_165_824, null]);
  assert(ms < 20_000, `${ms} ms`);
});

Deno.test("callRunner ends a runner whose line has no end", async () => {
  await using profile = await tempProfile();
  const { error } = await call(profile, "yes | tr -d '\\n'");
  assertEquals(error, {
    kind: "model",
    message: "printed a line over 32 MiB, or more than 256 MiB in all",
  });
});

Deno.test("callRunner reports that it was stopped", async () => {
  await using profile = await tempProfile();
  const stop = new AbortController();
  setTimeout(() => stop.abort(), 20);
  const { error } = await call(profile, "sleep 60", { signal: stop.signal });
  assertEquals(error, { kind: "stopped", message: "looop was stopped" });
});

for (const attempt of [1, 2] as const) {
  Deno.test(`callRunner gives the stable part in a file where the runner takes one, attempt ${attempt}`, async () => {
    const config = { runners: { mine: { model: "m" } } };
    await using profile = await tempProfile({ config });
    const inputs: Parameters<Runner["start"]>[0][] = [];
    const runner: Runner = {
      ...{ name: "mine", takesSystemPrompt: true },
      read: (now) => new TextReader(now),
      start(input) {
        inputs.push(input);
        return { argv: ["sh", "-c", `cat ${input.systemFile} -; echo "$X"`], env: { X: "own" } };
      },
    };
    const { text, model } = await callRunner(profile, runner, {
      ...{ runId: "r-1", attempt, prompt: { system: "SYSTEM\n", user: "USER\n" } },
      ...{ onProgress: () => {}, usdLimit: 2 },
    });
    assertEquals([text, model], ["SYSTEM\nUSER\nown", "m"]);
    const suffix = attempt === 1 ? "" : "-2";
    const path = (name: string) => `${profile.paths.runs}/r-1/${name}${suffix}.md`;
    const where = { LOOOP_CONFIG: profile.configPath, LOOOP_DATA_DIR: profile.paths.dataDir };
    assertEquals(inputs, [
      {
        ...{ promptFile: path("prompt"), systemFile: path("system"), model: "m", usdLimit: 2 },
        ...{ environment: { ...profile.environment, ...where }, settings: undefined },
      },
    ]);
    assertEquals(await profile.read(`runs/r-1/output${suffix}.jsonl`), "SYSTEM\nUSER\nown\n");
  });
}

Deno.test("callRunner masks what it shows, gives and keeps, and takes whole milliseconds", async () => {
  await using profile = await tempProfile({ env: { API_KEY: "hush-hush-1234" } });
  const { text, shown, ms } = await call(profile, "echo hush-hush-1234");
  assertEquals([text, shown], ["[masked API_KEY]", ["[masked API_KEY]"]]);
  assertEquals(
    await profile.read("runs/20261123t093000-deadbeef/output.jsonl"),
    "[masked API_KEY]\n",
  );
  assertEquals(Number.isInteger(ms), true);
});

Deno.test("callRunner shows errors on stderr masked, also a last line without a line break, and stops a hopeless call", async () => {
  await using profile = await tempProfile({ env: { API_KEY: "hush-hush-1234" } });
  const log = (error: string) => `level=ERROR message="stream error" error.error="${error}"`;
  const last = await call(profile, `printf %s '${log("hush-hush-1234")}' >&2`, {
    output: "opencode",
  });
  assertEquals(last.shown, ["[masked API_KEY] (try 1 of 4)"]);
  const { shown, error } = await call(profile, `echo '${log("401 nope")}' >&2; exec sleep 60`, {
    output: "opencode",
  });
  assertEquals(shown, ["401 nope (try 1 of 4)"]);
  assertEquals(error, { kind: "auth", message: "401 nope" });
});

Deno.test("callRunner ends a call after LOOOP_TICK_TIMEOUT seconds, where that is a positive number", async () => {
  await using profile = await tempProfile({ env: { LOOOP_TICK_TIMEOUT: "0.3" } });
  assertEquals((await call(profile, "exec sleep 60")).error, {
    kind: "timeout",
    message: "did not answer within 0.3 s (LOOOP_TICK_TIMEOUT)",
  });
  for (const seconds of ["0", "-1", "soon"]) {
    await using other = await tempProfile({ env: { LOOOP_TICK_TIMEOUT: seconds } });
    assertEquals((await call(other, "sleep 0.1; echo hi")).text, "hi");
  }
});

const ANSWER = `{"action":"noop","reason":"x","journal":"y"}`;
const RESULT = JSON.stringify({ type: "result", subtype: "success", result: ANSWER });
const LIMIT = JSON.stringify({
  ...{ type: "result", subtype: "success", is_error: true, api_error_status: 429 },
  result: "limit reached",
});

for (
  const [what, tick, output, expected] of [
    [
      "ends it soon where its last event has arrived",
      `echo '${RESULT}'; exec sleep 60`,
      ...["claude", [ANSWER, null]],
    ],
    [
      "and its children",
      `echo '${RESULT}'; trap '' TERM; sleep 60 & wait; sleep 60`,
      ...["claude", [ANSWER, null]],
    ],
    [
      "takes the error of a last event",
      `echo '${LIMIT}'; exec sleep 60`,
      ...["claude", ["", "rate_limit"]],
    ],
    [
      "takes an answer with which it then fails",
      `echo '${RESULT}'; exit 3`,
      ...["claude", [ANSWER, null]],
    ],
  ] as [string, string, OutputFormat, [string, string | null]][]
) {
  Deno.test(`callRunner does not wait for a program that hangs, and ${what}`, async () => {
    await using profile = await tempProfile({ env: { LOOOP_TICK_TIMEOUT: "45" } });
    const { text, error, ms } = await call(profile, tick, { output });
    assertEquals([text, error?.kind ?? null], expected);
    assert(ms < 30_000, `${ms} ms`);
  });
}

Deno.test("callRunner waits for what a program prints after its result", async () => {
  await using profile = await tempProfile();
  const later = RESULT.replace("noop", "later");
  const { text } = await call(profile, `echo '${RESULT}'; sleep 0.5; echo '${later}'`, {
    output: "claude",
  });
  assertEquals(text, ANSWER.replace("noop", "later"));
});

Deno.test("callRunner takes at the deadline a complete answer of a program whose format it does not know", async () => {
  await using profile = await tempProfile({ env: { LOOOP_TICK_TIMEOUT: "1" } });
  const whole = await call(profile, `echo '${ANSWER}'; exec sleep 60`);
  assertEquals([whole.text, whole.error], [ANSWER, null]);
  const half = await call(profile, `echo '${ANSWER.slice(0, 20)}'; exec sleep 60`);
  assertEquals([half.text, half.error?.kind], ["", "timeout"]);
});
