import { dirname, join } from "@std/path";
import { ensureDir } from "../os/dirs.ts";
import { type Environment, packagesDir } from "../os/env.ts";
import { readBytes } from "../os/read.ts";
import { runTool } from "../os/run_tool.ts";
import { explainBwrap, type SandboxPlaces } from "../os/sandbox.ts";
import { kindAt, realPath, stat } from "../os/stat.ts";
import { replaceFile } from "../os/write.ts";
import type { Profile } from "../profile/profile.ts";
import { sandboxed, type SandboxExtras } from "../profile/sandbox.ts";
import { type Access, NO_ACCESS } from "../schema/config.ts";
import { UserError } from "../schema/errors.ts";
import type { WorkerRecord, Worktree } from "../schema/worker.ts";
import type { AgentState } from "./agents/agent.ts";
import type { WorkerFiles } from "./files.ts";
import { findRepository } from "./repository.ts";
import { tmuxEnv } from "./tmux.ts";
import { quoteWord } from "../schema/text.ts";

/**
 * Creates a worker's own directories, and returns the shell command that runs its agent in the sandbox, with additional
 * environment variables.
 *
 * bubblewrap ignores signals, which the agent receives: it would otherwise kill the agent before that saves its work. It
 * keeps the terminal, which only `script` and the worker share: otherwise the agent would not receive Ctrl-C.
 *
 * @throws {UserError} where bubblewrap is missing or cannot create the sandbox.
 */
export async function enterSandbox(
  profile: Profile,
  files: WorkerFiles,
  { command, access = NO_ACCESS, state = [], worktree = null }: {
    command: string;
    access?: Access;
    state?: AgentState[];
    worktree?: Worktree | null;
  },
): Promise<{ command: string; env: Environment }> {
  for (const dir of [files.inbox, files.replies, files.worktree, files.state]) ensureDir(dir);
  const packages = packagesDir(profile.env);
  const env = {
    LOOOP_INBOX: files.inbox,
    LOOOP_WORKTREE: worktree?.path ?? files.worktree,
    // That of looop: the agent may have caches of its own.
    ...(packages === null ? {} : { DENO_DIR: packages }),
    ...await copyState(profile, files.state, state),
  };
  const extras: SandboxExtras = {
    ...await ownPlaces(profile, files, { shared: true, worktree }),
    keepsTerminal: true,
    always: true,
  };
  const trial = await sandboxed(profile, access, ["true"], extras);
  const { code, stderr } = await runTool({ argv: trial, env: tmuxEnv(profile) });
  if (code !== 0) {
    const why = explainBwrap({ status: code, stderrTail: stderr });
    throw new UserError(why ?? `cannot create the sandbox: ${stderr}`);
  }
  const signals = "--default-signal=HUP,INT,QUIT,TERM";
  const argv = ["env", signals, "bash", "-c", command];
  const words = (await sandboxed(profile, access, argv, extras)).map(quoteWord);
  return { command: `trap '' HUP INT QUIT TERM\nexec ${words.join(" ")}`, env };
}

/** The variable with the place where a worker works on a repository, without a sandbox. */
export function treeEnv(worktree: Worktree | null): Environment {
  return worktree === null ? {} : { LOOOP_WORKTREE: worktree.path };
}

/** The command line of a worker's `verify`, which in the sandbox may also write to the worktree. */
export async function verifyArgv(
  profile: Profile,
  { sandbox, access, worktree }: Pick<WorkerRecord, "sandbox"> & {
    access: Access;
    worktree: Worktree | null;
  },
  files: WorkerFiles,
  argv: string[],
  extras: SandboxExtras = {},
): Promise<string[]> {
  if (sandbox === "none") return await sandboxed(profile, access, argv, extras);
  const { masked, writable, shown } = await ownPlaces(profile, files, { shared: false, worktree });
  // Always: it runs what a sandboxed worker wrote, even if the config no longer requires a sandbox.
  return await sandboxed(profile, access, argv, {
    ...extras,
    ...{ masked, writable, shown, always: true },
  });
}

/** A worker cannot see other workers, and writes to its own directories and those that all workers share. */
async function ownPlaces(
  profile: Profile,
  files: WorkerFiles,
  { shared, worktree: own }: { shared: boolean; worktree: Worktree | null },
): Promise<Pick<SandboxExtras, "masked" | "cwd" | "shown"> & Pick<SandboxPlaces, "writable">> {
  const { paths } = profile;
  const real = async (path: string) => await realPath(path) ?? path;
  const [workers, dir, worktree] = await Promise.all(
    [paths.workers, files.dir, own?.path ?? files.worktree].map(real),
  );
  // The clone reads the objects of its repository.
  const shown = own === null ? [] : [(await findRepository(profile, own.repo)).commonDir];
  const more = shared ? [paths.claims, paths.reports, files.inbox, files.state] : [];
  return {
    masked: [{ dir: workers, shown: [dir] }],
    writable: [worktree, ...await Promise.all(more.map(real))],
    cwd: worktree,
    shown,
  };
}

/**
 * Copies the files that an agent needs to directories below `dir`; missing files are skipped.
 *
 * @returns the environment variables that name these directories.
 * @throws {UserError} where a file cannot be read.
 */
async function copyState(
  { env }: Profile,
  dir: string,
  states: AgentState[],
): Promise<Environment> {
  const variables: Environment = {};
  for (const state of states) {
    const home = env("HOME") ?? "/";
    const given = env(state.variable);
    const from = given ?? join(home, state.dir);
    const inside = join("home", state.dir);
    ensureBelow(dir, inside);
    for (const file of state.files) await copy(join(from, file), dir, join(inside, file));
    // Last: while the variable is not set, the agent reads these instead.
    for (const file of given === undefined ? state.besides ?? [] : []) {
      await copy(join(home, file), dir, join(inside, file));
    }
    variables[state.variable] = join(dir, inside);
  }
  return variables;
}

async function copy(from: string, dir: string, inside: string): Promise<void> {
  if (kindAt(from) !== "file") return;
  ensureBelow(dir, dirname(inside));
  await replaceFile(join(dir, inside), readBytes(from), { durable: false });
}

/** Makes directories where the worker has written if it is continued: a symlink of its would lead out of the sandbox. */
function ensureBelow(dir: string, inside: string): void {
  for (const name of inside.split("/")) {
    dir = join(dir, name);
    if (stat(dir)?.isSymlink) throw new UserError(`cannot copy files to ${dir}: it is a symlink`);
    ensureDir(dir);
  }
}
