import { dirname } from "@std/path";
import contract from "../../seeds/worker-contract.md" with { type: "text" };
import sandbox from "../../seeds/worker-sandbox.md" with { type: "text" };
import { ensureDir } from "../os/dirs.ts";
import type { Environment } from "../os/env.ts";
import { readTextIfPresent } from "../os/read.ts";
import { selfCommand } from "../os/self.ts";
import { replaceFile } from "../os/write.ts";
import { isOfSession, withoutSecrets } from "../profile/child_env.ts";
import type { Profile } from "../profile/profile.ts";
import type { WorkerRecord } from "../schema/worker.ts";
import { quoteWord } from "./agents/agent.ts";

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

/** The prompt of a worker: the contract, the rules of the sandbox, and its task. */
export function writePrompt(task: string, kind: WorkerRecord["sandbox"]): string {
  const rules = kind === "none" ? contract : contract.replace(TASK, () => `\n${sandbox}${TASK}`);
  return `${rules.trimEnd()}\n\n${task.trim()}\n`;
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
