import { assertEquals, assertMatch } from "@std/assert";
import { tickOnce } from "../../src/loop/run.ts";
import { openProfile } from "../../src/profile/profile.ts";
import { cliOn } from "../support/cli_on.ts";
import { type TempProfile, tempProfile } from "../support/temp_profile.ts";
import { start, untilEnded, workerProfile } from "../support/worker_profile.ts";

const FIXTURES = new URL("../fixtures/goals/", import.meta.url);

/** A profile without an LLM runner whose starter goal is that of an earlier release. */
async function oldProfile(file: string): Promise<TempProfile> {
  const files = { "goals/setup.md": await Deno.readTextFile(new URL(file, FIXTURES)) };
  const profile = await tempProfile({ files });
  await Deno.writeTextFile(profile.configPath, '{"runner": "none"}');
  return profile;
}

/** One tick with the config that is written there now. */
async function tickOn({ paths, configPath, environment }: TempProfile) {
  return await tickOnce(await openProfile({ dataDir: paths.dataDir, configPath, environment }));
}

Deno.test("the setup goal of 0.1.0 tries twice to start looop init as a worker, fails with the remedy, and does not block the loop", async () => {
  await using profile = await oldProfile("setup-0.1.0.md");
  for (let tries = 0; tries < 2; tries++) {
    const tick = await tickOn(profile);
    assertEquals(tick.outcome === "moved" && [tick.decision.source, tick.result.status], [
      "setup/wizard",
      "failed",
    ]);
  }
  assertMatch(
    await profile.read("journal.md"),
    /cannot start a worker: `looop init` no longer runs as one; run it in a terminal/,
  );
  assertEquals((await tickOn(profile)).outcome, "undecided");
  assertEquals((await cliOn(profile, ["init", "--yes", "--goal=g"])).status, 0);
  assertEquals(await Deno.stat(`${profile.paths.goals}/setup.md`).catch(() => null), null);
});

Deno.test("looop init closes what the setup goal of 0.1.0 asked on a machine without tmux", async () => {
  await using profile = await oldProfile("setup-by-ask-0.1.0.md");
  const first = await tickOn(profile);
  assertEquals(first.outcome === "moved" && first.decision.source, "setup/no-runner");
  assertEquals((await cliOn(profile, ["init", "--yes", "--goal=g"])).status, 0);
  assertEquals((await cliOn(profile, ["asks"])).stdout, "nothing needs you\n");
  const [closed] = await Array.fromAsync(Deno.readDir(profile.paths.asksClosed));
  assertEquals(JSON.parse(await profile.read(`asks/closed/${closed.name}`)).closed_by, "set_up");
});

Deno.test("no worker can run looop init, whatever its environment says", async () => {
  await using profile = await workerProfile();
  const args = "init --yes --goal g";
  await start(
    profile,
    "fix",
    [
      `"$LOOOP_BIN" ${args}`,
      `LOOOP_SESSION_ID=setup "$LOOOP_BIN" ${args}`,
      `env -u LOOOP_SESSION_ID -u LOOOP_GENERATION "$LOOOP_BIN" ${args}`,
    ].join("; "),
  );
  await untilEnded(profile, "fix");
  const printed = await profile.read("workers/fix/transcript");
  assertEquals(printed.match(/cannot [\w ]+ from inside worker \w+/g), [
    "cannot set looop up from inside worker fix",
    "cannot set looop up from inside worker setup",
    "cannot set looop up from inside worker fix",
  ]);
  assertEquals(await Deno.stat(`${profile.paths.goals}/g.md`).catch(() => null), null);
});
