import { dirname } from "@std/path";
import contract from "../../seeds/worker-contract.md" with { type: "text" };
import ownClone from "../../seeds/worker-clone.md" with { type: "text" };
import sandbox from "../../seeds/worker-sandbox.md" with { type: "text" };
import ownWorktree from "../../seeds/worker-worktree.md" with { type: "text" };
import { ensureDir } from "../os/dirs.ts";
import { type Environment, selfCommand } from "../os/env.ts";
import { readTextIfPresent } from "../os/read.ts";
import { replaceFile } from "../os/write.ts";
import { isOfSession, withoutSecrets } from "../profile/child_env.ts";
import type { Profile } from "../profile/profile.ts";
import type { WorkerRecord, Worktree } from "../schema/worker.ts";
import { quoteWord } from "../schema/text.ts";

/** Variables that describe the caller's terminal. */
const OF_TERMINAL =
  /^(TERM|TERM_PROGRAM|TERM_PROGRAM_VERSION|COLORTERM|TMUX|TMUX_PANE|STY|COLUMNS|LINES|WINDOWID)$/;

/**
 * The environment of a worker's session: that of looop without the secrets that its runner does not need, and the paths of
 * the profile.
 *
 * @param command the shell command of the session
 */
export function workerEnv(
  profile: Profile,
  { id, generation, runner }: Pick<WorkerRecord, "id" | "generation" | "runner">,
  command: string,
): Environment {
  return {
    ...withoutSecrets(profile, profileEnv(profile), { name: runner, command }),
    LOOOP_SESSION_ID: id,
    LOOOP_GENERATION: generation,
  };
}

/** The environment for a new session: that of looop, without the variables of the caller's terminal and session. */
export function profileEnv({ environment, paths, configPath }: Profile): Environment {
  const kept = Object.entries(environment).filter(([name]) =>
    !OF_TERMINAL.test(name) && !isOfSession(name)
  );
  return {
    ...Object.fromEntries(kept),
    LOOOP_BIN: paths.shim,
    LOOOP_DATA_DIR: paths.dataDir,
    LOOOP_CONFIG: configPath,
    LOOOP_CLAIMS_DIR: paths.claims,
    LOOOP_REPORTS_DIR: paths.reports,
  };
}

const TASK = "\n# Your task\n";

const RULE_4 = /^4\. [^]*?(?=^5\. )/m;
/** In the rules of the sandbox, at their end. */
const OTHER_RULE_4 = /Instead of rule 4:[^]*$/;
const OWN_DIR = /Your directory is the loop's data directory,\s+`\$LOOOP_DATA_DIR`\./;

/** The prompt of a worker: the contract, the rules of the sandbox, where its worktree is, and its task. */
export function writePrompt(
  task: string,
  { sandbox: kind, worktree }: Pick<WorkerRecord, "sandbox"> & { worktree: Worktree | null },
): string {
  const own = worktree === null ? contract : withWorktree(worktree);
  const more = worktree === null ? sandbox : sandbox.replace(OTHER_RULE_4, "");
  const rules = kind === "none" ? own : own.replace(TASK, () => `\n${more.trim()}\n${TASK}`);
  return `${rules.trimEnd()}\n\n${task.trim()}\n`;
}

function withWorktree({ kind, path, repo, branch }: Worktree): string {
  const rule = (kind === "clone" ? ownClone : ownWorktree)
    .replace("{{path}}", () => path).replace("{{repo}}", () => repo)
    .replace("{{branch}}", () => branch);
  return contract.replace(RULE_4, () => rule).replace(
    OWN_DIR,
    "Your directory is `$LOOOP_WORKTREE`; the loop's data directory is `$LOOOP_DATA_DIR`.",
  );
}

/** Writes `.looop/bin/looop`, with which child processes run this looop on this profile. */
export async function writeShim({ paths, configPath }: Profile): Promise<void> {
  const { argv, env } = await selfCommand();
  const exported = { ...env, LOOOP_DATA_DIR: paths.dataDir, LOOOP_CONFIG: configPath };
  const lines = [
    "#!/bin/sh",
    "# Runs the looop that wrote this file, on its profile.",
    ...Object.entries(exported).map(([name, value]) => `export ${name}=${quoteWord(value)}`),
    `exec ${argv.map(quoteWord).join(" ")} "$@"`,
  ];
  await writeProgram(paths.shim, lines.join("\n") + "\n");
}

/** Writes a program, unless it has this text already. */
export async function writeProgram(path: string, text: string): Promise<void> {
  if (await readTextIfPresent(path) === text) return;
  ensureDir(dirname(path));
  // Shells that are running it keep their open file.
  await replaceFile(path, text, { mode: 0o700 });
}
