import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { composeSensor } from "../../src/catalogue/render.ts";
import { tickOnce } from "../../src/loop/run.ts";
import { lock } from "../../src/os/lock.ts";
import { openProfile } from "../../src/profile/profile.ts";
import { cliOn } from "../support/cli_on.ts";
import { eventually } from "../support/eventually.ts";
import { git, subjects } from "../support/git.ts";
import { type TempProfile, tempProfile } from "../support/temp_profile.ts";
import { everythingIn } from "./everything_in.ts";

const FRESH = { files: { "PLAYBOOK.md": null } };

/** One tick with the config that is written there now. */
async function tickOn({ paths, configPath, environment }: TempProfile) {
  return await tickOnce(await openProfile({ dataDir: paths.dataDir, configPath, environment }));
}

Deno.test("looop init with flags makes a profile that moves at its first tick", async () => {
  await using profile = await tempProfile(FRESH);
  const args = [
    ...["init", "--yes", "--runner=none", "--goal", "Ship 1.0", "--goal", "日本語"],
    ...[
      "--sensor",
      "command:command=exit 3,limit_s=5,as=build",
      "--sensor=http:urls=http://127.0.0.1:9/",
    ],
    ...["--may", "tidy branches", "--ask", "merge", "--never", "push --force", "--never", "pay"],
  ];
  const { status, stdout, stderr } = await cliOn(profile, args);
  assertEquals([status, stderr], [0, ""]);
  assertEquals(stdout.slice(stdout.lastIndexOf("\n\n")).trim().split("\n"), [
    "new     schedules/daily.yaml",
    "  new     goals/playbook-daily.md",
    "  new     PLAYBOOK.md",
    "  new     sensors/build.sh",
    "  new     sensors/http.ts",
    "  new     goals/ship-1-0.md",
    "  new     goals/goal.md",
    "  new     goals/watch-build.md",
    "  new     goals/watch-http.md",
    "  new     goals/note-changes.md",
    `  new     ${profile.configPath}`,
    "  archive goals/setup.md",
    `wrote 12 files in ${profile.paths.dataDir}`,
    "archived goals/setup.md: the setup is done",
    `! only goal rules decide: the config says "runner": "none"`,
    "Next: run looop to tick in this terminal, or looop up to tick in the background.",
  ]);
  // What is written is what was shown.
  const set = ["command=exit 3", "limit_s=5"];
  const { text } = composeSensor({ name: "command", as: "build", set });
  assertEquals(await profile.read("sensors/build.sh"), text);
  assertStringIncludes(stdout, text.trimEnd().split("\n").map((line) => `  │ ${line}`).join("\n"));
  assertEquals((await Deno.stat(`${profile.paths.sensors}/build.sh`)).mode! & 0o777, 0o700);
  assertEquals(await Deno.readTextFile(profile.configPath), '{\n  "runner": "none"\n}\n');
  assertEquals((await Deno.stat(profile.configPath)).mode! & 0o777, 0o600);
  assertStringIncludes(
    await profile.read("PLAYBOOK.md"),
    "\n## What looop may do\n\nBy itself:\n\n" +
      "- tidy branches\n\nOnly after approval:\n\n- merge\n\nNever:\n\n- push --force\n- pay\n",
  );
  assertEquals(await profile.read("goals/archive/setup.md").then((text) => text.length > 0), true);
  const what =
    "set up with looop init: PLAYBOOK.md, sensors/build.sh, sensors/http.ts, goals/ship-1-0.md, " +
    "goals/goal.md, goals/watch-build.md, goals/watch-http.md, goals/note-changes.md, goals/setup.md";
  assertEquals(await subjects(profile.paths.dataDir), [what, "First commit"]);
  assertEquals(await git(profile.paths.dataDir, "status", "--porcelain"), "");
  assertMatch(await profile.read("journal.md"), new RegExp(`^- .{16} ${what}\n$`));

  const journals: string[] = [];
  for (let i = 0; i < 5; i++) {
    const result = await tickOn(profile);
    journals.push(result.outcome === "moved" ? result.decision.move.journal : result.outcome);
  }
  assertEquals(journals, [
    "asked: exit 3 fails",
    "asked: http://127.0.0.1:9/ is down",
    "asked for the next step: 日本語",
    "asked for the next step: Ship 1.0",
    "idle",
  ]);
});

Deno.test("looop init with nothing to ask about still moves: it notes what changed", async () => {
  await using profile = await tempProfile(FRESH);
  await cliOn(profile, ["init", "--yes", "--runner", "none", "--sensor", "command:command=true"]);
  const first = await tickOn(profile);
  assertEquals(
    first.outcome === "moved" && [first.decision.source, first.decision.move.journal],
    ["note-changes/seen", "a sensor changed"],
  );
  assertEquals((await tickOn(profile)).outcome, "idle");
});

Deno.test("looop init, run again with the same answers, writes nothing and says so", async () => {
  await using profile = await tempProfile(FRESH);
  const args = ["init", "--yes", "--runner=none", "--goal=Ship", "--sensor=linear", "--never=pay"];
  const first = await cliOn(profile, args);
  assertStringIncludes(
    first.stdout,
    "! sensors/linear.ts needs LINEAR_API_KEY in the environment of looop\n",
  );
  const before = await everythingIn(profile);
  assertEquals(await cliOn(profile, args), {
    status: 0,
    stdout: "nothing to write: everything exists already\n",
    stderr: "",
  });
  assertEquals(await everythingIn(profile), before);
});

Deno.test("looop init keeps what a person has: config keys, PLAYBOOK, goals and sensors", async () => {
  const playbook = "# Mine\n\n## What looop may do\n\nNever:\n- lie\n\n## Else\n\n- x\n";
  await using profile = await tempProfile({
    files: {
      "PLAYBOOK.md": playbook,
      "goals/a.md": "---\ngoal: Ship\n---\n",
      "sensors/git.sh": "#!/bin/sh\n",
    },
  });
  const config = {
    interval: 5,
    worker_runner: "claude",
    runners: { mine: { tick: "x" } },
    budget: { workers: 1 },
  };
  await Deno.writeTextFile(profile.configPath, JSON.stringify(config));
  await Deno.mkdir(join(profile.root, "home", "x"));
  const refused = await cliOn(profile, ["init", "--yes", "--sensor=git:repositories=~/x"]);
  assertEquals([refused.status, refused.stdout], [1, ""]);
  assertStringIncludes(
    refused.stderr,
    "cannot add the sensor git: sensors/git.sh exists; rename the new one",
  );
  const args = [
    "init",
    "--yes",
    "--runner=mine",
    "--goal=Ship",
    "--goal=Rest",
    "--never=pay",
    "--never=lie",
  ];
  const { status, stdout } = await cliOn(profile, args);
  assertEquals(status, 0);
  assertEquals(JSON.parse(await Deno.readTextFile(profile.configPath)), {
    ...config,
    runner: "mine",
  });
  assertEquals(
    await profile.read("PLAYBOOK.md"),
    "# Mine\n\n## What looop may do\n\nNever:\n- lie\n- pay\n\n## Else\n\n- x\n",
  );
  assertEquals(
    await profile.read("goals/rest.md"),
    "---\ngoal: Rest\n---\n\n# Rest\n\n" +
      "Write here what counts as done, and what has been tried.\n",
  );
  // A change is shown as one.
  assertStringIncludes(stdout, "change PLAYBOOK.md\n");
  assertStringIncludes(stdout, "  │ +- pay\n");
  assertEquals(
    (await Array.fromAsync(Deno.readDir(profile.paths.goals))).map(({ name }) => name).sort(),
    [
      "a.md",
      "archive",
      "rest.md",
    ],
  );
});

Deno.test("looop init --print shows all of it, and writes nothing", async () => {
  await using profile = await tempProfile(FRESH);
  for (const name of ["a", "b"]) await Deno.mkdir(join(profile.root, "home", name));
  const before = await everythingIn(profile);
  const args = [
    "init",
    "--print",
    "--runner=none",
    "--goal=Ship",
    "--sensor=git:repositories=~/a,~/b,stale_days=7",
  ];
  const { status, stdout } = await cliOn(profile, args);
  assertEquals(status, 0);
  assertStringIncludes(stdout, "  │ REPOSITORIES=('~/a' '~/b')\n");
  assert(stdout.endsWith("nothing was written (--print)\n"));
  assertEquals(await everythingIn(profile), before);
});

Deno.test("looop init writes what was shown or nothing: a file that changes meanwhile stays", async () => {
  await using profile = await tempProfile();
  const held = await lock(profile.paths.moveLock);
  const setting = cliOn(profile, ["init", "--yes", "--runner=none", "--goal=g", "--never=pay"]);
  // It has been shown by the time the lock is waited for.
  await eventually(
    "init has made the history",
    async () =>
      await Deno.stat(`${profile.paths.dataDir}/.git/refs/heads/main`).then(
        () => true,
        () => false,
      ),
  );
  await profile.write("PLAYBOOK.md", "# Mine\n");
  held.release();
  const { status, stderr } = await setting;
  assertEquals([status, stderr], [
    1,
    "looop: cannot write PLAYBOOK.md: it changed after it was shown, and nothing was written; run looop init again\n",
  ]);
  assertEquals(await profile.read("PLAYBOOK.md"), "# Mine\n");
  assertEquals(await Deno.stat(profile.configPath).catch(() => null), null);
});

Deno.test("looop init keeps a config that is a link to where the person keeps it", async () => {
  await using profile = await tempProfile();
  const kept = `${profile.root}/dotfiles.json`;
  await Deno.writeTextFile(kept, '{"interval": 9}');
  await Deno.symlink(kept, profile.configPath);
  assertEquals((await cliOn(profile, ["init", "--yes", "--runner=none", "--goal=g"])).status, 0);
  assertEquals((await Deno.lstat(profile.configPath)).isSymlink, true);
  assertEquals(JSON.parse(await Deno.readTextFile(kept)), { interval: 9, runner: "none" });
});

Deno.test("looop init that was cut off while it wrote finishes when it is run again", async () => {
  await using profile = await tempProfile(FRESH);
  const args = ["init", "--yes", "--runner=none", "--goal=Ship", "--sensor=linear", "--never=pay"];
  await cliOn(profile, args);
  const whole = await everythingIn(profile);
  // The files are written in an order of which these are the last.
  await Deno.remove(profile.configPath);
  await Deno.remove(`${profile.paths.goals}/note-changes.md`);
  await Deno.rename(`${profile.paths.goalsArchive}/setup.md`, `${profile.paths.goals}/setup.md`);
  const { status, stdout } = await cliOn(profile, args);
  assertEquals(status, 0);
  assertEquals(stdout.match(/^ {2}(new|change|archive) .*$/gm), [
    "  new     goals/note-changes.md",
    `  new     ${profile.configPath}`,
    "  archive goals/setup.md",
  ]);
  const kept = (text: string) =>
    text.split("\n").filter((line) => /^(data\/(goals|sensors|PLAYBOOK)|looop\.json)/.test(line));
  assertEquals(kept(await everythingIn(profile)), kept(whole));
});
