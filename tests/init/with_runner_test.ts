import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { tickOnce } from "../../src/loop/run.ts";
import { openProfile } from "../../src/profile/profile.ts";
import { shellOn } from "../e2e/shell_on.ts";
import { cliOn } from "../support/cli_on.ts";
import { launcher } from "../support/looop.ts";
import { noop, scripted } from "../support/scripted_decider.ts";
import { tempProfile } from "../support/temp_profile.ts";
import { bareMachine } from "./bare_machine.ts";

/** Makes programs of these names, which are never run, and gives their directory. */
async function installed(root: string, ...names: string[]): Promise<string> {
  const bin = join(root, "runners");
  await Deno.mkdir(bin);
  for (const name of names) {
    await Deno.writeTextFile(join(bin, name), "#!/bin/sh\nexit 1\n", { mode: 0o700 });
  }
  return bin;
}

async function profileWith(...names: string[]) {
  const profile = await tempProfile({ files: { "PLAYBOOK.md": null } });
  const PATH = `${await installed(profile.root, ...names)}:${profile.env("PATH")}`;
  return { ...profile, environment: { ...profile.environment, PATH } };
}

Deno.test("looop init has a flag for each answer, and with a runner goals are prose", async () => {
  await using profile = await profileWith("pi", "codex");
  const args = [
    ...["init", "--yes", "--runner", "pi", "--worker-runner=codex", "--usd-per-day", "5"],
    ...["--sandbox=bwrap", "--sensor", "command:command=true", "--goal=Ship 1.0"],
  ];
  const { status, stdout, stderr } = await cliOn(profile, args);
  assertEquals([status, stderr], [0, ""]);
  assertEquals(JSON.parse(await Deno.readTextFile(profile.configPath)), {
    runner: "pi",
    worker_runner: "codex",
    budget: { usd_per_day: 5 },
    sandbox: "bwrap",
    // In the sandbox it could not reach its model.
    runners: { codex: { network: true } },
  });
  assertEquals(
    await profile.read("goals/ship-1-0.md"),
    "---\ngoal: Ship 1.0\n---\n\n# Ship 1.0\n\nWrite here what counts as done, and what has been tried.\n",
  );
  assertEquals(await Deno.stat(`${profile.paths.goals}/watch-command.md`).catch(() => null), null);
  assertMatch(stdout, /archived goals\/setup\.md: the setup is done\nNext: run looop/);
  const { paths, configPath, environment } = profile;
  const opened = await openProfile({ dataDir: paths.dataDir, configPath, environment });
  const decider = scripted(noop({ goal: "ship-1-0" }));
  assertEquals((await tickOnce(opened, { decider: decider.decide })).outcome, "moved");
  assertStringIncludes(decider.prompts[0], "Ship 1.0");

  // A flag of today's answer keeps all else; one with another changes that alone.
  const fewer = await cliOn(profile, [
    "init",
    "--yes",
    "--usd-per-day=none",
    "--worker-runner=same",
  ]);
  assertEquals(fewer.status, 0);
  assertEquals(JSON.parse(await Deno.readTextFile(configPath)), {
    runner: "pi",
    sandbox: "bwrap",
    runners: { codex: { network: true }, pi: { network: true } },
  });
});

Deno.test("looop init refuses a limit in dollars for a runner that reports no prices, also one that auto means", async () => {
  await using profile = await profileWith("codex");
  const PATH = `${profile.root}/runners`;
  const alone = { ...profile, environment: { ...profile.environment, PATH } };
  const { status, stderr } = await cliOn(alone, ["init", "--yes", "--goal=g", "--usd-per-day=5"]);
  assertEquals(status, 2);
  assertStringIncludes(
    stderr,
    "--usd-per-day 5: codex reports no prices, so a limit in dollars would only block it;",
  );
});

Deno.test("looop init asks for runners and dollars where there are some, and takes no nonsense", async () => {
  await using home = await bareMachine();
  await Deno.symlink(launcher, join(home.dir, "bin", "looop"));
  const PATH = `${await installed(home.dir, "pi", "codex")}:${home.env.PATH}`;
  const env = { ...home.env, PATH, LOOOP_DENO: Deno.execPath() };
  await using shell = await shellOn(env, ["bash", "--norc", "--noprofile", "-i"], { columns: 80 });
  await shell.type("-l", "looop init --goal g --sensor linear --may a --ask b --never c");
  await shell.type("Enter");
  await shell.seen(
    /> auto: the first that is installed \(now: pi\)\n +pi: installed\n +codex: installed\n +none/,
  );
  await shell.type("Down", "Enter");
  await shell.seen(
    /What do workers run\? \(arrows, Enter\)\n> same: as for decisions\n +pi: installed\n +codex/,
  );
  await shell.type("Enter");
  await shell.seen(/Maximum dollars per day, or none \(Enter: none\): █/);
  await shell.type("-l", "much");
  await shell.type("Enter");
  await shell.seen(/much: it must be dollars, such as 5 or 0\.50, or none\n[^]*\(Enter: none\): █/);
  await shell.type("-l", "2.5");
  await shell.type("Enter");
  await shell.seen(/Write these \d files\? \(Y\/n\)/);
  await shell.type("Enter");
  await shell.seen(
    /^! sensors\/linear\.ts needs LINEAR_API_KEY in the environment of looop$/m,
  );
  await shell.seen(/Next: run looop/);
  const config = JSON.parse(await Deno.readTextFile(join(home.dir, ".config", "looop.json")));
  assertEquals(config, { runner: "pi", budget: { usd_per_day: 2.5 } });
});
