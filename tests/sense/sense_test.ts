import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { UserError } from "../../src/schema/errors.ts";
import { sha256Hex } from "../../src/schema/json.ts";
import { sense } from "../../src/sense/sense.ts";
import { tempProfile } from "../support/temp_profile.ts";
import { resultsOf } from "./results_of.ts";
import { quoteWord } from "../../src/schema/text.ts";

const GOAL = (aim: string, priority = 0) =>
  `---\ngoal: ${aim}\npriority: ${priority}\n---\nnotes\n`;

Deno.test("sense() sees PLAYBOOK, goals, readings and asks", async () => {
  await using profile = await tempProfile({
    files: {
      "goals/b.md": GOAL("second"),
      "goals/a.md": GOAL("third"),
      "goals/z.md": GOAL("first", 5),
      "goals/archive/old.md": GOAL("done"),
      "goals/.#a.md": "",
      "goals/notes.txt": "",
      "asks/broken.json": "{",
    },
  });
  const world = await sense(profile);
  assertEquals(world.playbook, { text: "# Playbook\n", digest: await sha256Hex("# Playbook\n") });
  assertEquals(world.goals.map((goal) => goal.id), ["a", "b", "z"]);
  assertEquals(world.goals[2].digest, await sha256Hex(GOAL("first", 5)));
  assertEquals(world.readings, []);
  assertEquals(world.asks, []);
  assertEquals(profile.warnings.length, 1);
});

Deno.test("sense() names the remedy for a missing PLAYBOOK", async () => {
  await using profile = await tempProfile({ files: { "PLAYBOOK.md": null } });
  const { playbook, dataDir } = profile.paths;
  await assertRejects(
    () => sense(profile),
    UserError,
    `cannot read ${playbook}: it does not exist. Restore it with "git -C ${
      quoteWord(dataDir)
    } checkout HEAD -- PLAYBOOK.md", ` +
      "or write a new one with your priorities and rules.",
  );
  await Deno.mkdir(playbook);
  await assertRejects(
    () => sense(profile),
    UserError,
    `cannot read ${playbook}: it is a directory. Replace it with a text file.`,
  );
  await Deno.remove(playbook);
  await Deno.writeFile(playbook, new Uint8Array([0xff]));
  await assertRejects(
    () => sense(profile),
    UserError,
    `cannot read ${playbook}: it is not valid UTF-8. Save it as UTF-8.`,
  );
});

Deno.test("sense() warns of files that are not goals, and goes on", async () => {
  await using profile = await tempProfile({
    files: { "goals/good.md": GOAL("good"), "goals/Bad Name.md": GOAL("x") },
  });
  const { goals } = profile.paths;
  await profile.write("goals/binary.md", new Uint8Array([0xff]));
  await Deno.symlink("nowhere", join(goals, "gone.md"));
  await Deno.mkdir(join(goals, "folder.md"));
  const world = await sense(profile);
  assertEquals(world.goals.map((goal) => [goal.id, goal.text, goal.error]), [
    ["binary", "", "goals/binary.md cannot be read: it is not valid UTF-8"],
    ["gone", "", "goals/gone.md cannot be read: it is a dangling symlink"],
    ["good", GOAL("good"), undefined],
  ]);
  assertEquals(world.goals[0].digest, await sha256Hex(new Uint8Array([0xff])));
  assertEquals(profile.warnings, [
    "goals/Bad Name.md is not a goal: its name must be 1 to 64 of a-z, 0-9, _ and -",
    "goals/folder.md is not a goal: it is a directory",
  ]);
});

Deno.test("sense() calls sensors in code by the same contract", async () => {
  await using profile = await tempProfile({
    files: { "sensors/twin.sh": "#!/bin/sh\n", "sensors/z.sh": "#!/bin/sh\necho '{}'\n" },
    env: { LOOOP_SENSOR_TIMEOUT: "0.2", LOOOP_SENSOR_MAX_BYTES: "20" },
  });
  const cycle: Record<string, unknown> = {};
  cycle.self = cycle;
  const sensors = {
    big: () => ({ text: "x".repeat(20) }),
    cyclic: () => cycle as never,
    date: () => ({ at: new Date(0) }) as never,
    hangs: () => new Promise<never>(() => {}),
    later: () => Promise.resolve({ b: 1 }),
    list: () => [1] as never,
    now: () => ({ a: 1 }),
    throws: () => {
      throw new Error("no\x1b[31m luck\n");
    },
    twin: () => ({}),
  };
  assertEquals(await resultsOf(profile, { sensors }), {
    big: "it gave more than 20 bytes",
    cyclic: "it threw: cannot write $.self as JSON: found a cycle",
    date: "it threw: cannot write $.at as JSON: found an instance of Date",
    hangs: "it ran longer than 0.2 s and is not waited for",
    later: { b: 1 },
    list: "it printed a JSON array: a sensor must print one JSON object",
    now: { a: 1 },
    throws: "it threw: no luck",
    twin: "twin.sh and a sensor in code have the same name; rename one",
    z: {},
  });
  assertEquals(JSON.parse(await profile.read("snapshots/now.json")).result, {
    ok: true,
    value: { a: 1 },
  });
  await assertRejects(
    () => sense(profile, { sensors: { "Bad Name": () => ({}) } }),
    UserError,
    'cannot use a sensor in code named "Bad Name"',
  );
});

Deno.test("sense() refuses limits in the environment that are none", async () => {
  const ERRORS: [name: string, value: string, error: string][] = [
    ["LOOOP_SENSOR_TIMEOUT", "1m", 'found "1m", expected 0.1 to 3600 (seconds)'],
    ["LOOOP_SENSOR_TIMEOUT", "0", 'found "0", expected 0.1 to 3600 (seconds)'],
    ["LOOOP_SENSOR_MAX_BYTES", "8k", 'found "8k", expected 2 to 10000000 (bytes)'],
  ];
  for (const [name, value, error] of ERRORS) {
    await using profile = await tempProfile({ env: { [name]: value } });
    await assertRejects(() => sense(profile), UserError, `cannot use ${name}: ${error}`);
  }
});
