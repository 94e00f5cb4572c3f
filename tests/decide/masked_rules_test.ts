import { assertEquals } from "@std/assert";
import { tickOnce } from "../../src/loop/run.ts";
import { makeMask } from "../../src/mask/mask.ts";
import { type TempProfile, tempProfile } from "../support/temp_profile.ts";

const ENV = {
  STAGE_TOKEN: "bluefin42",
  BUILD_SECRET: "12345678",
  DB_URL: "postgres://me:hunter22@db/main",
};

async function masking(signal: string, when: string, header = ""): Promise<TempProfile> {
  const profile = await tempProfile({
    files: {
      "sensors/stage.sh": `#!/bin/sh\n${header}cat signal.json\n`,
      "signal.json": `{"signal": ${signal}}`,
      "goals/see.md":
        `---\ngoal: see\nrules:\n  - when: |\n      ${when}\n    do: { action: noop, reason: r, journal: it holds }\n---\n`,
    },
    config: { runner: "none" },
    env: { PATH: Deno.env.get("PATH")!, ...ENV },
    history: false,
  });
  return profile;
}

/** Signals with values that are also secrets, and rules that hold for them. */
const RULES: [what: string, signal: string, when: string][] = [
  ["a word", '{"env": "bluefin42"}', 'sensors.stage.env == "bluefin42"'],
  ["a part of a text", '"on bluefin42-eu"', 'sensors.stage.endsWith("bluefin42-eu")'],
  ["a number", '{"build": 12345678}', "sensors.stage.build > 12345677"],
  ["a key", '{"bluefin42": true}', "sensors.stage.bluefin42"],
  ["the password of an address", '"hunter22"', 'sensors.stage == "hunter22"'],
];

for (const [what, signal, when] of RULES) {
  Deno.test(`a rule compares ${what} that is masked, and no file has it`, async () => {
    await using profile = await masking(signal, when);
    assertEquals(makeMask(ENV, [])(signal) === signal, false);
    assertEquals((await tickOnce(profile, {})).outcome, "moved");
    assertEquals((await profile.read("journal.md")).includes("it holds"), true);
    const { snapshots, state } = profile.paths;
    for (const path of [`${snapshots}/stage.json`, state]) {
      const text = await Deno.readTextFile(path);
      for (const secret of ["bluefin42", "12345678", "hunter22"]) {
        assertEquals([path, text.includes(secret)], [path, false]);
      }
    }
  });
}

for (const [what, signal, when] of RULES.filter(([what]) => what !== "a number")) {
  Deno.test(`a rule compares ${what} that is masked in a reading that is reused`, async () => {
    await using profile = await masking(signal, "false", "# looop: interval=3600\n");
    await tickOnce(profile, {});
    await profile.write("signal.json", "{}");
    const goal = await profile.read("goals/see.md");
    await profile.write("goals/see.md", goal.replace("\n      false\n", `\n      ${when}\n`));
    assertEquals((await tickOnce(profile, {})).outcome, "moved");
  });
}
