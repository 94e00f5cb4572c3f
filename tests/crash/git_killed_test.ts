import { assert, assertEquals } from "@std/assert";
import { UserError } from "../../src/schema/errors.ts";
import { inPool } from "../../src/sense/sense.ts";
import { chance, LANES, SAMPLE, SEED } from "./extent.ts";
import { type GitEnd, killGit } from "./kill_git.ts";
import { type Call, straceMissing } from "./kill_tick.ts";
import type { Kind } from "./kind.ts";
import { KINDS } from "./kinds.ts";
import { settle } from "./settle.ts";
import { copyStage, makeStage, type Stage } from "./stage.ts";

/** Between them: edits of a person, a removed file, an approval that is closed, and the first commit of all. */
const NAMES = [
  "write_goal beside a person's edit",
  "archive_goal beside a namesake",
  "approved write_playbook",
  "failed decisions",
  "held decision",
  "first run",
];
const CALLS: Call[] = ["write", "rename", "fsync", "link", "unlink", "spawn"];
/** About as many gits as a tick calls, and what most of them call so often: for the sample. */
const USUAL = { gits: 7, calls: ["write", "unlink"] as const, times: 3 };
/** A lock file that a killed git leaves is believed in for a minute. */
const LATER_MS = 120_000;

for (const kind of KINDS.filter(({ name }) => NAMES.includes(name))) {
  Deno.test(`git killed at ${SAMPLE ? "some calls" : "any call"}: ${kind.name}`, async () => {
    assertEquals(straceMissing(), null);
    await using from = await makeStage(kind);
    const problems: string[] = [];
    let kills = 0;
    const cut = async (kth: number, call: Call, nth: number) => {
      await using stage = await copyStage(from);
      const end = await killGit(stage, kth, call, nth);
      if (end.git === "killed") {
        kills++;
        stage.gitKills++;
      }
      const found = [...complaint(kind, end), ...await settle(stage, LATER_MS)];
      problems.push(...found.map((text) => `git ${kth}, ${call} ${nth}: ${text}`));
      for (const problem of found) console.log(`      ${kind.name}: ${problem}`);
      return end.git;
    };
    if (SAMPLE) await cutSome(kind, cut);
    else await cutAll(cut);
    console.log(`      kills: ${kills}`);
    assertEquals(problems, [], `LOOOP_CRASH_SEED=${SEED}`);
    assert(SAMPLE || kills > 0);
  });
}

type CutGit = (kth: number, call: Call, nth: number) => Promise<GitEnd["git"]>;

/** Each git that a tick calls, at each of its calls. */
async function cutAll(cut: CutGit): Promise<void> {
  await inPool(CALLS, LANES, async (call) => {
    for (let kth = 1, nth = 1;; nth++) {
      const end = await cut(kth, call, nth);
      if (end === "never called") break;
      if (end === "ended before") [kth, nth] = [kth + 1, 0];
    }
  });
}

/** Two, left to chance. */
async function cutSome({ name }: Kind, cut: CutGit): Promise<void> {
  const random = chance(`git ${name}`);
  const upTo = (most: number) => 1 + Math.floor(random() * most);
  for (let i = 0; i < 2; i++) {
    await cut(upTo(USUAL.gits), USUAL.calls[i], upTo(USUAL.times));
  }
}

/** A tick lives through it, unless it is the first: without its history the loop does not begin. */
function complaint({ name }: Stage["kind"], { error }: GitEnd): string[] {
  const may = name === "first run" && error instanceof UserError && /^git /.test(error.message);
  return error === null || may ? [] : [`the tick threw ${error}`];
}
