import { join } from "@std/path";
import { fileAge } from "../host/file_age.ts";
import { isThere } from "../host/is_there.ts";
import { listFolder } from "../host/list_folder.ts";
import { runGit } from "../host/run_git.ts";
import { gitInstalled, hasMemory } from "../profile/has_memory.ts";
import type { Profile } from "../profile/profile.ts";
import type { Check } from "./check.ts";
import { fail, type Finding, ok, warn } from "./finding.ts";

const TIMEOUT_MS = 8000;
/** What `runTool` gives for a program that took too long. */
const GIVEN_UP = 124;
/** A lock file older than this was left by a git that was killed; so was one from the future. */
const STALE_LOCK_MS = 60_000;

/** Looks at the git repository of the data directory. */
export const checkHistory: Check = {
  name: "history",
  needsProfile: true,
  async run({ profile }) {
    const { dataDir } = profile.paths;
    if (!gitInstalled(profile)) return [];
    if (!hasMemory(profile)) {
      return [warn("history", `${dataDir} is no git repository yet`, "looop tick")];
    }
    return [...staleLocks(profile), await whole(profile)];
  },
};

/** Only that all which a commit leads to is there: to read every object would take minutes somewhere. */
async function whole({ paths: { dataDir }, env }: Profile): Promise<Finding> {
  const args = ["fsck", "--connectivity-only", "--no-dangling", "--no-progress"];
  const { code, stdout, stderr } = await runGit(dataDir, args, env, { timeoutMs: TIMEOUT_MS });
  if (code === 0) return ok("history", "the git repository is whole");
  if (code === GIVEN_UP) {
    const found = `not looked through within ${TIMEOUT_MS / 1000} s`;
    return warn("history", found, `git -C ${dataDir} fsck`);
  }
  const [said] = (stderr || stdout).trim().split("\n");
  return fail("history", `git fsck: ${said}`, `git -C ${dataDir} fsck`);
}

function staleLocks({ paths: { dataDir }, clock }: Profile): Finding[] {
  const now = clock.now().getTime();
  const findings: Finding[] = [];
  for (const folder of [join(dataDir, ".git"), join(dataDir, ".git", "refs", "heads")]) {
    for (const { name } of isThere(folder) ? listFolder(folder) : []) {
      const path = join(folder, name);
      const age = name.endsWith(".lock") ? Math.abs(fileAge(path, now) ?? 0) : 0;
      if (age <= STALE_LOCK_MS) continue;
      findings.push(warn("history", `a git that was killed left ${path}`, `rm ${path}`));
    }
  }
  return findings;
}
