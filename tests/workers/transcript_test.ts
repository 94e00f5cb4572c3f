import { assertEquals, assertRejects } from "@std/assert";
import { UserError } from "../../src/schema/errors.ts";
import { finalizeWorkers } from "../../src/workers/reconcile.ts";
import { archiveWorker } from "../../src/workers/replace.ts";
import {
  followTranscript,
  readRawTranscript,
  readTranscript,
} from "../../src/workers/transcript.ts";
import { start, untilEnded, workerProfile } from "../support/worker_profile.ts";

Deno.test("readTranscript gives what the screen showed: colours, cursor movement, wide characters, long lines", async () => {
  await using profile = await workerProfile();
  const long = "long ".repeat(60).trim();
  const { generation } = await start(
    profile,
    "a",
    String.raw`printf '\033[1;31mred\033[0m plain\n'
      printf 'loading 10%%\rloading 100%%\n'
      printf 'one\ntwo\n\033[2Aone again\033[B\rTWO\n'
      printf '漢字 and 😀 and \tTab\n${long}\n\033]0;title\007end\n\n'`,
  );
  await untilEnded(profile, "a");
  const expected = [
    "red plain",
    "loading 100%",
    "one again",
    "TWO",
    "漢字 and 😀 and Tab".replace(" Tab", "        Tab").replace(/ {8}Tab/, "    Tab"),
    long,
    "end",
  ];
  const text = await readTranscript(profile, "a");
  assertEquals(text.split("\n").slice(0, -1).map((line) => line.replace(/ +Tab/, "    Tab")), [
    ...expected.slice(0, 4),
    "漢字 and 😀 and    Tab".replace(/ +Tab/, "    Tab"),
    ...expected.slice(5),
  ]);
  const bytes = await Array.fromAsync(readRawTranscript(profile, "a"));
  assertEquals(bytes.map(({ length }) => length), [
    (await Deno.stat(`${profile.paths.workers}/a/transcript`)).size,
  ]);
  await finalizeWorkers(profile);
  await archiveWorker(profile, "a", generation);
  assertEquals(await readTranscript(profile, "a"), text);
  await assertRejects(() => readTranscript(profile, "b"), UserError, "there is no worker b");
});

Deno.test("followTranscript gives lines as they come, to the last, and no footer", async () => {
  await using profile = await workerProfile();
  await start(profile, "a", `for i in 1 2 3; do echo "line $i"; sleep 0.3; done; printf 'no end'`);
  const lines = await Array.fromAsync(
    followTranscript(profile, "a", new AbortController().signal),
  );
  assertEquals(lines, ["line 1", "line 2", "line 3", "no end"]);
});

Deno.test("followTranscript stops when told to", async () => {
  await using profile = await workerProfile();
  await start(profile, "a", "echo up; sleep 600");
  const stop = new AbortController();
  const lines: string[] = [];
  for await (const line of followTranscript(profile, "a", stop.signal)) {
    lines.push(line);
    stop.abort();
  }
  assertEquals(lines, ["up"]);
});

Deno.test("readTranscript renders the end of a long one, in bounded time", async () => {
  await using profile = await workerProfile();
  await start(profile, "a", "seq 1 1000000");
  await untilEnded(profile, "a");
  const began = performance.now();
  const lines = (await readTranscript(profile, "a")).split("\n");
  assertEquals(lines.at(-2), "1000000");
  assertEquals(performance.now() - began < 120_000, true);
});

Deno.test("readTranscript repeats nothing as often as a control sequence of a worker says", async () => {
  await using profile = await workerProfile();
  const sequences = ["I", "L", "M", "S", "T", "Z", "b"].map((final) => `\\033[2147483647${final}`);
  await start(profile, "a", `printf '${sequences.join("")}before\n\\033[99bx\\033[4bafter\n'`);
  await untilEnded(profile, "a");
  const began = performance.now();
  assertEquals(await readTranscript(profile, "a"), "before\nxxxxxafter\n");
  assertEquals(performance.now() - began < 30_000, true);
});
