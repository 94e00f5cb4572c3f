import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { tickOnce } from "../../src/loop/run.ts";
import { pathsOf } from "../../src/profile/paths.ts";
import { ensureProfile } from "../../src/profile/ensure.ts";
import { sense } from "../../src/sense/sense.ts";
import { subjects } from "../support/git.ts";
import { scripted } from "../support/scripted_decider.ts";
import { tempProfile } from "../support/temp_profile.ts";

for (
  const name of [
    "a#b",
    "50%25 %zz",
    "why?",
    "two  spaces ",
    "back\\slash",
    'it\'s "q" $HOME `x`',
    "ü日",
    "-rf",
    "[a]*",
    "a:b@c",
  ]
) {
  Deno.test(`a tick senses, decides and commits in a data directory named ${JSON.stringify(name)}`, async () => {
    await using profile = await tempProfile({
      files: {
        "sensors/shell.sh": '#!/bin/sh\nprintf \'{"signal": "%s"}\' "$(cat signal)"\n',
        "sensors/code.ts":
          'import { one } from "./lib/one.ts";\nconsole.log(JSON.stringify({ signal: one }));\n',
        "sensors/lib/one.ts": "export const one = 1;\n",
        signal: "calm",
      },
    });
    const dir = join(profile.root, name);
    await Deno.rename(profile.paths.dataDir, dir);
    const moved = { ...profile, paths: pathsOf(dir) };
    await ensureProfile(moved);
    const { readings } = await sense(moved);
    assertEquals(readings.map(({ name, result }) => [name, result]), [
      ["code", { ok: true, value: { signal: 1 } }],
      ["shell", { ok: true, value: { signal: "calm" } }],
    ]);
    assertEquals((await tickOnce(moved, { decider: scripted().decide })).outcome, "moved");
    assertEquals((await subjects(dir)).at(-1), "First commit");
    assertEquals((await subjects(dir)).length, 2);
    assertEquals(profile.warnings, []);
  });
}
