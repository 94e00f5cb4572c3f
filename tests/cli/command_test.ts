import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { lock } from "../../src/os/lock.ts";
import type { Spend } from "../../src/schema/ledger.ts";
import type { Status } from "../../src/schema/status.ts";
import type { TickResult } from "../../src/schema/tick_result.ts";
import { cliOn } from "../support/cli_on.ts";
import { type TempProfile, tempProfile } from "../support/temp_profile.ts";

/** A profile whose runner answers always the same. */
async function profileWith(answer: string): Promise<TempProfile> {
  const profile = await tempProfile({ files: { "goals/build.md": "---\ngoal: Build\n---\n" } });
  await profile.write("answer.json", answer);
  const tick = `cat '${profile.paths.dataDir}/answer.json'`;
  await Deno.writeTextFile(
    profile.configPath,
    JSON.stringify({ runner: "mine", runners: { mine: { tick } } }),
  );
  return profile;
}

const NOOP = '{"action":"noop","reason":"all is well","journal":"looked around"}';
const TOUCH = '{"action":"run","command":"touch made","journal":"touched a file"}';

Deno.test("looop tick makes one move, then none, and prints JSON alone on stdout", async () => {
  await using profile = await profileWith(NOOP);
  const first = await cliOn(profile, ["tick", "--json"]);
  assertEquals(first.status, 0);
  const result: TickResult = JSON.parse(first.stdout);
  assertEquals(result.outcome === "moved" && result.decision.move, JSON.parse(NOOP));
  const second = await cliOn(profile, ["tick"]);
  assertEquals([second.status, second.stderr], [0, ""]);
  assertMatch(second.stdout, /^\d\d:\d\d:\d\d idle: nothing changed\n$/);
});

Deno.test("looop tick --dry-run shows move, verdict and price, and makes nothing", async () => {
  await using profile = await profileWith(TOUCH);
  const { status, stdout } = await cliOn(profile, ["tick", "--dry-run"]);
  assertEquals(status, 0);
  assertEquals(stdout.split("\n").slice(1), [
    "move        run",
    "journal     touched a file",
    "decided by  runner mine",
    "policy      ask, rule run: touch is not on the read-only list",
    "cost        cost unknown",
    "applied     no: this is a dry run",
    "command:",
    "  │ touch made",
    "",
  ]);
  assertEquals((await cliOn(profile, ["asks"])).stdout, "nothing needs you\n");
});

Deno.test("looop tick gives status 1 for a failed decision, and while a pulse runs", async () => {
  await using profile = await profileWith("I would rather not.");
  const { status, stdout } = await cliOn(profile, ["tick"]);
  assertEquals(status, 1);
  assertMatch(
    stdout,
    /^\d\d:\d\d:\d\d decision failed: mine's answer was rejected twice \(last: /,
  );
  using _ = await lock(profile.paths.pulseLock);
  const refused = await cliOn(profile, ["tick"]);
  assertEquals([refused.status, refused.stdout], [1, ""]);
  assertStringIncludes(refused.stderr, "a pulse is running");
  const pulse = await cliOn(profile, []);
  assertEquals([pulse.status, pulse.stdout], [1, ""]);
  assertStringIncludes(pulse.stderr, "a pulse is already running");
});

Deno.test("looop run moves for one goal, and gives status 1 where nobody can decide", async () => {
  await using profile = await profileWith(NOOP);
  const forced = await cliOn(profile, ["run", "build", "--json"]);
  const result: TickResult = JSON.parse(forced.stdout);
  assertEquals(result.outcome === "moved" && result.decision.move.goal, "build");
  await Deno.writeTextFile(profile.configPath, '{"runner": "none"}');
  const { status, stdout } = await cliOn(profile, ["run", "build"]);
  assertEquals(status, 1);
  assertStringIncludes(stdout, "no rule matched and no LLM is configured");
});

Deno.test("looop asks and approve lead to the move", async () => {
  await using profile = await profileWith(TOUCH);
  const { stdout } = await cliOn(profile, ["tick"]);
  const id = /looop approve ([0-9a-z]+)/.exec(stdout)?.[1] ?? "";
  const asks = await cliOn(profile, ["asks"]);
  assertStringIncludes(
    asks.stdout,
    `  │ $ touch made\n  │ in ${profile.paths.dataDir}, started without a shell\n  looop approve ${id}\n`,
  );
  assertEquals(JSON.parse((await cliOn(profile, ["asks", "--json"])).stdout)[0].id, id);
  assertEquals(
    (await cliOn(profile, ["approve", id])).stdout,
    `APPROVED ${id} (run: touched a file): the loop applies it at the next tick (no pulse is running; start one with looop up)\n`,
  );
  const again = await cliOn(profile, ["reject", id, "no"]);
  assertEquals(again.status, 1);
  assertStringIncludes(again.stderr, `${id} was already answered on `);
  await cliOn(profile, ["tick"]);
  assertEquals(await profile.read("made"), "");
});

Deno.test("looop answer takes stdin, and refuses to be empty", async () => {
  await using profile = await profileWith(
    '{"action":"ask","question":"Which branch?","journal":"asked for the branch"}',
  );
  await cliOn(profile, ["tick"]);
  const [{ id }] = JSON.parse((await cliOn(profile, ["asks", "--json"])).stdout);
  const empty = await cliOn(profile, ["answer", id, "-"], { input: "\n" });
  assertEquals([empty.status, empty.stderr], [
    1,
    `looop: cannot answer ${id}: the answer is empty\n`,
  ]);
  const { status, stdout } = await cliOn(profile, ["answer", id, "-"], { input: "-x\nmain\n" });
  assertEquals(status, 0);
  assertMatch(stdout, /^answered [0-9a-z]+: the loop picks it up at the next tick \(/);
  const ask = JSON.parse(await profile.read(`asks/${id}.json`));
  assertEquals(ask.answer.text, "-x\nmain");
});

Deno.test("looop answer takes no broken file and nothing outside asks/ for an ask", async () => {
  await using profile = await profileWith(NOOP);
  await profile.write("asks/bad.json", "{");
  const bad = await cliOn(profile, ["answer", "bad", "x"]);
  assertEquals(bad.status, 1);
  assertMatch(bad.stderr, /^looop: asks\/bad\.json is not valid JSON: .*\n$/);
  assertEquals(
    (await cliOn(profile, ["approve", "../answer"])).stderr,
    "looop: there is no ask ../answer: looop asks lists the open ones\n",
  );
  const asks = await cliOn(profile, ["asks", "--json"]);
  assertEquals(asks.stdout, "[]\n");
  assertMatch(asks.stderr, /^looop: warning: asks\/bad\.json is not valid JSON: .*\n$/);
});

Deno.test("looop pause holds the tick until looop resume", async () => {
  await using profile = await profileWith(NOOP);
  assertEquals((await cliOn(profile, ["pause"])).stdout, "paused: looop resume continues\n");
  assertEquals(
    (await cliOn(profile, ["pause"])).stdout,
    "already paused: looop resume continues\n",
  );
  assertMatch((await cliOn(profile, ["tick"])).stdout, /paused: looop resume continues\n$/);
  assertMatch(
    (await cliOn(profile, ["resume"])).stdout,
    /^resumed: the loop continues at the next/,
  );
  const none = async () => (await cliOn(profile, ["resume"])).stdout;
  const down = "nothing to resume: no pulse is running; start one with looop up\n";
  assertEquals(await none(), down);
  assertMatch((await cliOn(profile, ["tick"])).stdout, /noop: looked around/);
  using _ = await lock(profile.paths.pulseLock);
  assertEquals(await none(), "nothing to resume: the loop is running\n");
});

Deno.test("looop status and cost print JSON alone, and count unknown costs", async () => {
  await using profile = await profileWith(NOOP);
  await cliOn(profile, ["tick"]);
  const status: Status = JSON.parse((await cliOn(profile, ["status", "--json"])).stdout);
  assertEquals([status.cost_today_usd, status.unknown_costs_today, status.last_tick?.outcome], [
    null,
    1,
    "moved",
  ]);
  const spend: Spend = JSON.parse((await cliOn(profile, ["cost", "all", "--json"])).stdout);
  assertEquals(spend.by_runner.map(({ key, calls }) => [key, calls]), [["mine", 1]]);
});

Deno.test("looop status and asks make nothing where there is no profile", async () => {
  await using profile = await tempProfile();
  await Deno.remove(profile.paths.dataDir, { recursive: true });
  const { status, stdout } = await cliOn(profile, ["status"]);
  assertEquals(status, 0);
  assertStringIncludes(stdout, `${profile.paths.dataDir} (does not exist yet; looop creates it)`);
  assertEquals((await cliOn(profile, ["asks"])).stdout, "nothing needs you\n");
  assertEquals((await cliOn(profile, ["cost", "all"])).stdout, "no runner calls in total\n");
  assertEquals(await Deno.stat(profile.paths.dataDir).catch(() => "none"), "none");
});

Deno.test("looop tick --wake ticks by itself where no pulse runs, and excludes what only that can do", async () => {
  await using profile = await profileWith(NOOP);
  const { status, stdout } = await cliOn(profile, ["tick", "--wake", "--json"]);
  assertEquals([status, JSON.parse(stdout).outcome], [0, "moved"]);
  using _ = await lock(profile.paths.pulseLock);
  assertEquals(await cliOn(profile, ["tick", "--wake"]), {
    ...{ status: 0, stdout: "woke the pulse: it ticks now\n", stderr: "" },
  });
  assertMatch(await profile.read(".looop/resumed"), /^\d{4}-/);
  const busy = await cliOn(profile, ["tick"]);
  assertMatch(busy.stderr, /a pulse is running on .*; looop tick --wake makes it tick now\n$/);
  await cliOn(profile, ["pause"]);
  const { stdout: paused } = await cliOn(profile, ["tick", "--wake"]);
  assertEquals(paused, "woke the pulse, but the loop is paused: looop resume continues it\n");
  for (const flag of ["dry-run", "wait", "strict", "json"]) {
    const both = await cliOn(profile, ["tick", "--wake", `--${flag}`]);
    assertEquals(both.status, 2);
    assertStringIncludes(both.stderr, `--${flag} has no effect with --wake: a pulse is running`);
  }
});
