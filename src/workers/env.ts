import { dirname } from "@std/path";
import contract from "../../seeds/worker-contract.md" with { type: "text" };
import sandbox from "../../seeds/worker-sandbox.md" with { type: "text" };
import { ensureDir } from "../os/dirs.ts";
import type { Environment } from "../os/env.ts";
import { readTextIfPresent } from "../os/read.ts";
import { selfCommand } from "../os/self.ts";
import { replaceFile } from "../os/write.ts";
import { withoutSecrets } from "../profile/child_env.ts";
import type { Profile } from "../profile/profile.ts";
import type { WorkerRecord } from "../schema/worker.ts";

/** What a looop that runs in a worker was told about that worker. */
const OF_A_WORKER = /^LOOOP_(SESSION_ID|GENERATION|WORKTREE|INBOX|USD_LIMIT)$/;

/** What the terminal of whoever starts a worker has to do with it: nothing. */
const TERMINAL =
  /^(TERM|TERM_PROGRAM|TERM_PROGRAM_VERSION|COLORTERM|TMUX|TMUX_PANE|STY|COLUMNS|LINES|WINDOWID)$/;

/**
 * The environment of a worker's session: all that looop has but for secrets that its runner has no need of, and
 * where the profile's things are.
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

/** All that looop has, for a looop that is none's child: neither its own nor that of the worker which looop may be called from. */
export function profileEnv({ environment, paths, configPath }: Profile): Environment {
  const env: Environment = {};
  for (const [name, value] of Object.entries(environment)) {
    if (!TERMINAL.test(name) && !OF_A_WORKER.test(name)) env[name] = value;
  }
  return {
    ...env,
    LOOOP_BIN: paths.shim,
    LOOOP_DATA_DIR: paths.dataDir,
    LOOOP_CONFIG: configPath,
    LOOOP_CLAIMS_DIR: paths.claims,
    LOOOP_REPORTS_DIR: paths.reports,
  };
}

const TASK = "\n# Your task\n";

/** What a worker is told: the contract, what differs in a sandbox, and its task. */
export function writePrompt(task: string, kind: WorkerRecord["sandbox"]): string {
  const rules = kind === "none" ? contract : contract.replace(TASK, () => `\n${sandbox}${TASK}`);
  return `${rules.trimEnd()}\n\n${task.trim()}\n`;
}

/** Writes `.looop/bin/looop`, which starts this very looop again, on this profile, for all who are its children. */
export async function writeShim({ paths, configPath }: Profile): Promise<void> {
  const { argv, env } = await selfCommand();
  const exported = { ...env, LOOOP_DATA_DIR: paths.dataDir, LOOOP_CONFIG: configPath };
  const lines = [
    "#!/bin/sh",
    "# Starts the looop that wrote this, on the profile that it wrote it for.",
    ...Object.entries(exported).map(([name, value]) => `export ${name}=${quote(value)}`),
    `exec ${argv.map(quote).join(" ")} "$@"`,
  ];
  const text = lines.join("\n") + "\n";
  if (await readTextIfPresent(paths.shim) === text) return;
  ensureDir(dirname(paths.shim));
  await replaceFile(paths.shim, text, { mode: 0o700 });
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
