import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { git } from "../support/git.ts";
import { disagreements } from "./disagreements.ts";
import { KINDS } from "./kinds.ts";
import { settle } from "./settle.ts";
import { copyStage, makeStage, type Stage } from "./stage.ts";

/** What is done to a profile on which all agrees, and what is to be said of it. */
const DAMAGE: Record<string, (stage: Stage, dataDir: string) => Promise<unknown>> = {
  "2 lines tell of the move": async ({ profile: { paths } }) => {
    const [line] = (await Deno.readTextFile(paths.journal)).split("\n");
    await Deno.writeTextFile(paths.journal, `${line}\n`, { append: true });
  },
  "the journal ends in a torn line": ({ profile: { paths } }) =>
    Deno.writeTextFile(paths.journal, "- 2026", { append: true }),
  "journal and git log differ: git has []": async ({ before }, dataDir) =>
    await git(dataDir, "reset", "-q", "--soft", before.head!),
  "a run has two commits": async (_, dataDir) => {
    const message = await git(dataDir, "log", "-1", "--format=%B");
    await git(dataDir, "commit", "-q", "--allow-empty", "-m", message);
  },
  "git and the files differ: ?? goals/other.md": (_, dataDir) =>
    Deno.writeTextFile(join(dataDir, "goals", "other.md"), ""),
  "the command took effect 2 times": ({ root }) =>
    Deno.writeTextFile(join(root, "effect"), "ran\n", { append: true }),
  "0 lines in the ledger for 1 calls": ({ profile: { paths } }) => Deno.truncate(paths.ledger),
  "1 asks are open and 0 closed": (_, dataDir) =>
    Deno.writeTextFile(join(dataDir, "asks", "1a2b3c.json"), "{}"),
};

Deno.test("disagreements finds each thing that does not agree", async () => {
  const kind = KINDS.find(({ name }) => name === "shell run")!;
  await using from = await makeStage({ ...kind, move: { ...kind.move, more: false } });
  for (const [problem, damage] of Object.entries(DAMAGE)) {
    await using stage = await copyStage(from);
    assertEquals(await settle(stage), []);
    await damage(stage, stage.profile.paths.dataDir);
    const found = await disagreements(stage);
    assertEquals(found.includes(problem), true, `${problem}: ${JSON.stringify(found)}`);
  }
});
