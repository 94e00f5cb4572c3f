import { assertEquals, assertMatch } from "@std/assert";
import { raiseAsk } from "../../../src/inbox/flags.ts";
import type { waitForUser } from "../../../src/inbox/wait.ts";
import { tempWorker } from "../../inbox/temp_worker.ts";
import { cliOn } from "../../support/cli_on.ts";
import { looopOn } from "../../support/looop_on.ts";
import { type TempProfile, tempProfile } from "../../support/temp_profile.ts";

const ask = (profile: TempProfile, question: string, options?: string[]) =>
  raiseAsk(profile, { worker: "fix-ci", generation: "g1", question, options });

Deno.test("looop wait blocks until something new needs a human, and never tells the same twice", async () => {
  await using profile = await tempProfile();
  await tempWorker(profile, "fix-ci");
  const stopped = await cliOn(profile, ["wait", "--json"]);
  const first: Awaited<ReturnType<typeof waitForUser>> = JSON.parse(stopped.stdout);
  assertEquals(first.items.map(({ kind }) => kind), ["pulse"]);
  await using waiting = looopOn(profile, ["wait", "--json", "--since", first.cursor]);
  const { id } = await ask(profile, "Tea?");
  const { status, stdout } = await waiting.end;
  const second: Awaited<ReturnType<typeof waitForUser>> = JSON.parse(stdout);
  assertEquals([status, second.items.map(({ key }) => key)], [0, [`ask:${id}`]]);
  const args = ["wait", "--since", second.cursor, "--timeout", "0.1"];
  assertEquals(await cliOn(profile, args), {
    status: 1,
    stdout: "",
    stderr: "looop: nothing new needs you\n",
  });
  assertEquals(await cliOn(profile, [...args, "--json"]), {
    status: 1,
    stdout: JSON.stringify({ items: [], cursor: second.cursor }, null, 2) + "\n",
    stderr: "",
  });
});

Deno.test("looop wait shows each thing with what to do, and how to wait for the next", async () => {
  await using profile = await tempProfile();
  await tempWorker(profile, "fix-ci");
  const { id } = await ask(profile, "Tea?\n\u001b[2J", ["green", "black"]);
  const { stdout } = await cliOn(profile, ["wait", "--asks"]);
  const lines = stdout.trimEnd().split("\n");
  assertMatch(lines.pop() ?? "", /^next: looop wait --asks --since 1\.[0-9a-f]{12}$/);
  assertEquals(lines, [
    `⚑ worker fix-ci asks: ${id} (question)`,
    "  │ Tea?",
    "  │ \\x1b[2J",
    "  - green",
    "  - black",
    `  looop answer ${id} "…"`,
    "  looop attach fix-ci",
  ]);
});

Deno.test("looop wait refuses what is no cursor and no time", async () => {
  await using profile = await tempProfile();
  const wrong = await cliOn(profile, ["wait", "--since", "yesterday"]);
  assertEquals([wrong.status, wrong.stdout], [1, ""]);
  assertEquals((await cliOn(profile, ["wait", "--timeout", "soon"])).status, 2);
});
