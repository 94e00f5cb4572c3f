import { assert, assertEquals } from "@std/assert";
import { callRunner } from "../../src/decide/ask_runner.ts";
import { runnerNamed } from "../../src/decide/runners/presets.ts";
import { type TempProfile, tempProfile } from "../support/temp_profile.ts";

/** Calls a runner that is a shell command; gives its result and what it showed. */
async function call(profile: TempProfile, tick: string, signal?: AbortSignal) {
  const shown: string[] = [];
  const result = await callRunner(profile, runnerNamed("mine", { tick }), {
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
  const { error } = await call(profile, "sleep 60", stop.signal);
  assertEquals(error, { kind: "stopped", message: "looop was stopped" });
});
