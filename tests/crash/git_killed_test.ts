import { assert, assertEquals } from "@std/assert";
import { type Call, straceMissing } from "./kill_tick.ts";
import { killGit } from "./kill_git.ts";
import { KINDS } from "./kinds.ts";
import { settle } from "./settle.ts";
import { copyStage, makeStage } from "./stage.ts";

/** Between them: edits of a person, a removed file, an approval that is closed, and the first commit of all. */
const NAMES = [
  "write_goal beside a person's edit",
  "archive_goal beside a namesake",
  "approved write_playbook",
  "held decision",
  "first run",
];
const CALLS: Call[] = ["write", "rename", "fsync", "unlink"];
/** A lock file that a killed git leaves is believed in for a minute. */
const LATER_MS = 120_000;

for (const kind of KINDS.filter(({ name }) => NAMES.includes(name))) {
  Deno.test(`git killed at any call of its own during: ${kind.name}`, async (test) => {
    assertEquals(straceMissing(), null);
    await using from = await makeStage(kind);
    for (const call of CALLS) {
      await test.step(call, async () => {
        const problems: string[] = [];
        let kills = 0;
        for (let kth = 1, nth = 1;; nth++) {
          await using stage = await copyStage(from);
          const end = await killGit(stage, kth, call, nth);
          if (end === "never called") break;
          if (end === "ended before") [kth, nth] = [kth + 1, 0];
          else kills++;
          const found = await settle(stage, LATER_MS);
          problems.push(...found.map((problem) => `git ${kth}, ${call} ${nth}: ${problem}`));
        }
        console.log(`      ${kind.name}: ${kills} kills of git at ${call}`);
        assertEquals(problems, []);
        assert(kills > 0);
      });
    }
  });
}
