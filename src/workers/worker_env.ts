import type { Environment } from "../host/env.ts";
import type { WorkerRecord } from "../model/worker.ts";
import type { Profile } from "../profile/profile.ts";
import { withoutSecrets } from "../profile/runner_env.ts";

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
