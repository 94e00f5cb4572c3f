import { assertEquals, assertStringIncludes } from "@std/assert";
import { syntaxOf } from "../../src/cli/args.ts";
import { initCommand } from "../../src/cli/commands/init.ts";
import { cliOn } from "../support/cli_on.ts";
import { tempProfile } from "../support/temp_profile.ts";
import { everythingIn } from "./everything_in.ts";

const FRESH = { files: { "PLAYBOOK.md": null } };

Deno.test("looop init without a terminal names the help, which lists the flags, and writes nothing", async () => {
  await using profile = await tempProfile(FRESH);
  const before = await everythingIn(profile);
  for (
    const [args, why] of [[[], "stdin or stdout is not a terminal"], [
      ["--yes"],
      "there are no sensors and goals yet",
    ]] as const
  ) {
    const { status, stdout, stderr } = await cliOn(profile, ["init", ...args]);
    assertEquals([status, stdout], [2, ""]);
    assertStringIncludes(stderr, `looop: cannot set anything up: ${why}`);
    for (
      const flag of [
        "--runner",
        "--worker-runner",
        "--usd-per-day",
        "--sandbox",
        "--sensor",
        "--goal",
        "--may, --ask, --never",
      ]
    ) {
      assertStringIncludes(stderr, `${flag} `);
    }
  }
  const manual = (await cliOn(profile, ["help", "init"])).stdout;
  for (const flag of syntaxOf(initCommand).names.filter((name) => name !== "help")) {
    assertStringIncludes(manual, `--${flag}`);
  }
  assertEquals(await everythingIn(profile), before);
});

Deno.test("looop init refuses answers that cannot be, with status 2, and writes nothing", async () => {
  await using profile = await tempProfile(FRESH);
  await Deno.writeTextFile(
    profile.configPath,
    JSON.stringify({ runners: { mine: { tick: "x" } } }),
  );
  const before = await everythingIn(profile);
  for (
    const [args, why] of [
      [
        ["--runner=gpt"],
        "--runner gpt: it must be one of auto, none, pi, claude, codex, opencode, mine\n",
      ],
      [["--runner=none", "--runner=auto"], "--runner is given twice\n"],
      [["--worker-runner=x"], "--worker-runner x: it must be one of same, auto, none, "],
      [["--usd-per-day=-1"], "--usd-per-day -1: use dollars such as 5 or 0.50, or none\n"],
      [["--runner=mine", "--usd-per-day=5"], "--usd-per-day 5: mine reports no prices, "],
      [["--sandbox=docker"], "--sandbox docker: use none or bwrap\n"],
      [
        ["--sensor=mail"],
        '--sensor mail: cannot add a sensor "mail": the catalogue has command, git, ',
      ],
      [["--sensor=git"], "--sensor git: cannot add the sensor git: it needs --set repositories=…"],
      [["--sensor=git:repositories=~/a"], "--sensor git: there is no ~/a\n"],
      [
        ["--sensor=git:repositories=/,/no/such/place"],
        "--sensor git: there is no /no/such/place\n",
      ],
      [["--sensor=git:repositories=~/.ssh/../b,as=mine"], "there is no ~/.ssh/../b\n"],
      [
        ["--sensor=http:urls=https://x/,slow=1"],
        'it has no setting "slow": it has urls, slow_ms, interval\n',
      ],
      [["--sensor=linear:as=a,as=b"], "--sensor linear: as is set twice\n"],
      [["--goal=a\nb"], "--goal: it must be one line without control characters\n"],
      [["--never= "], "--never: it is empty\n"],
    ] as const
  ) {
    const { status, stdout, stderr } = await cliOn(profile, ["init", "--yes", "--goal=g", ...args]);
    assertEquals([status, stdout], [2, ""], stderr);
    assertStringIncludes(stderr, why);
  }
  assertEquals(await everythingIn(profile), before);
});

Deno.test("looop init tells of a config that cannot be used, and leaves it", async () => {
  await using profile = await tempProfile(FRESH);
  await Deno.writeTextFile(profile.configPath, '{"intervall": 5}');
  const { status, stderr } = await cliOn(profile, ["init", "--yes", "--goal=g"]);
  assertEquals(status, 2);
  assertStringIncludes(stderr, "unknown key `intervall`");
  assertEquals(await Deno.readTextFile(profile.configPath), '{"intervall": 5}');
});

Deno.test("looop init is for the user alone: no worker can run it, whatever its environment says", async () => {
  await using profile = await tempProfile(FRESH);
  const environment = { ...profile.environment, LOOOP_SESSION_ID: "setup", LOOOP_GENERATION: "g" };
  const inside = { ...profile, environment };
  const { status, stderr } = await cliOn(inside, ["init", "--yes", "--goal=g"]);
  assertEquals([status, stderr], [
    1,
    "looop: cannot set looop up from inside worker setup: only the user may do this, in a terminal outside the worker\n",
  ]);
});
