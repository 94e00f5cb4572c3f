import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { commitForClone } from "../../src/loop/handoff.ts";
import { tryLock } from "../../src/os/lock.ts";
import { ensureProfile } from "../../src/profile/ensure.ts";
import { readIntent, writeIntent } from "../../src/profile/runs.ts";
import { UserError } from "../../src/schema/errors.ts";
import { intentOf } from "../log/intent_of.ts";
import { git, subjects } from "../support/git.ts";
import { type TempProfile, tempProfile, type TempProfileOptions } from "../support/temp_profile.ts";

async function prepared(options: TempProfileOptions = {}): Promise<TempProfile> {
  const profile = await tempProfile(options);
  await ensureProfile(profile);
  return profile;
}

/** The files of a commit. */
async function filesOf({ paths }: TempProfile, commit: string): Promise<string[]> {
  return (await git(paths.dataDir, "show", "--format=", "--name-only", commit)).split("\n");
}

Deno.test("commitForClone commits edits, state and ledger, then the ignored status of workers and of reports", async () => {
  await using profile = await prepared();
  const names = ["worker.json", "exit.json", "killing.json", "status", "verification.json"];
  const status = [...names, "verifying", "settled"].map((name) => `workers/fix/${name}`).sort();
  const edits = ["cost.jsonl", "goals/tea.md", "reports/fix.md", "state.json"];
  const others = ["workers/fix/transcript", "workers/fix/prompt.md"];
  for (const path of [...status, ...edits, ...others, ".looop/surfaced"]) {
    await profile.write(path, "x");
  }
  await commitForClone(profile);
  assertEquals(await subjects(profile.paths.dataDir), [
    "Status of the workers",
    "Edits of workers and users",
    "First commit",
  ]);
  assertEquals(await filesOf(profile, "HEAD~1"), edits);
  assertEquals(await filesOf(profile, "HEAD"), [".looop/surfaced", ...status]);
  const body = await git(profile.paths.dataDir, "log", "-1", "--format=%b");
  assertEquals(body, "");
  await commitForClone(profile);
  assertEquals((await subjects(profile.paths.dataDir)).length, 3);
});

Deno.test("commitForClone completes an interrupted move, and releases the lock", async () => {
  await using profile = await prepared();
  await writeIntent(profile, intentOf());
  await commitForClone(profile);
  assertEquals(await readIntent(profile), null);
  using lock = await tryLock(profile.paths.moveLock);
  assertEquals(lock === null, false);
});

Deno.test("commitForClone leaves out a secret answer that a worker still has to receive", async () => {
  const secret = "hunter2-hunter2";
  await using profile = await prepared({ env: { DEPLOY_TOKEN: secret } });
  const ask = {
    ...{ id: "wa1b2c", kind: "question", question: "Token?", asked_at: "t", run_id: "r" },
    ...{ worker: "fix", answer: { text: secret, at: "2026-11-23T09:30:00.000Z" } },
  };
  await profile.write("asks/wa1b2c.json", JSON.stringify(ask));
  await commitForClone(profile);
  assertEquals(await git(profile.paths.dataDir, "status", "--porcelain"), "?? asks/");
});

Deno.test("commitForClone is refused without a repository: all would be lost", async () => {
  await using profile = await tempProfile();
  await assertRejects(
    () => commitForClone(profile),
    UserError,
    "is not a git repository; install git",
  );
});

/** A git that fails at the first `failing` calls of `commit`, and counts those. */
async function flakyGit(profile: TempProfile, failing: number): Promise<TempProfile> {
  const bin = join(profile.root, "bin");
  const count = join(profile.root, "commits");
  await Deno.mkdir(bin);
  const script = `#!/bin/sh
case " $* " in *" commit "*)
  echo >>"${count}"
  if [ $(wc -l <"${count}") -le ${failing} ]; then echo "fatal: it is gone" >&2; exit 128; fi
esac
PATH=\${PATH#*:}
exec git "$@"
`;
  await Deno.writeTextFile(join(bin, "git"), script, { mode: 0o700 });
  return profile;
}

for (const [failing, tries] of [[0, 1], [1, 2], [2, 3], [3, 3]] as const) {
  Deno.test(`commitForClone with ${failing} failures of git tries ${tries} times`, async () => {
    const path = Deno.env.get("PATH");
    await using profile = await prepared();
    await flakyGit(profile, failing);
    const environment = { ...profile.environment, PATH: `${profile.root}/bin:${path}` };
    const env = (name: string) => environment[name as keyof typeof environment];
    await profile.write("workers/fix/worker.json", "x");
    const committing = commitForClone({ ...profile, environment, env });
    if (failing < 3) await committing;
    else await assertRejects(() => committing, Error, "it is gone");
    const calls = await Deno.readTextFile(join(profile.root, "commits"));
    assertEquals(calls.length, tries);
    const [last] = await subjects(profile.paths.dataDir);
    assertEquals(last, failing < 3 ? "Status of the workers" : "First commit");
  });
}
