import { dirname, join } from "@std/path";
import { ensureDir } from "../os/dirs.ts";
import type { Environment } from "../os/env.ts";
import { readBytes } from "../os/read.ts";
import { runTool } from "../os/run_tool.ts";
import { explainBwrap, type SandboxPlaces } from "../os/sandbox.ts";
import { packagesDir } from "../os/self.ts";
import { kindAt, realPath } from "../os/stat.ts";
import { replaceFile } from "../os/write.ts";
import type { Profile } from "../profile/profile.ts";
import { sandboxed, type SandboxExtras } from "../profile/sandbox.ts";
import { type Access, NO_ACCESS } from "../schema/config.ts";
import { UserError } from "../schema/errors.ts";
import type { WorkerRecord } from "../schema/worker.ts";
import { type AgentState, quoteWord } from "./agents/agent.ts";
import type { WorkerFiles } from "./files.ts";
import { tmuxEnv } from "./tmux.ts";

/** What a worker is started with that is to be in the sandbox. */
export interface SandboxEntry {
  /** The shell command of its agent. */
  command: string;
  /** Default: {@linkcode NO_ACCESS}. */
  access?: Access;
  /** The agent's own directories, for which it gets others. */
  state?: AgentState[];
}

/**
 * Makes the directories that a worker has of its own in the sandbox, and gives the shell command that runs its agent there,
 * with what its environment has besides.
 *
 * bubblewrap would die of the signals that are meant for the agent, and take it along before it has written down what it
 * was doing: so it ignores them, and the agent gets them. It keeps the terminal, which is `script`'s and the worker's
 * alone: else Ctrl-C of somebody who has attached would reach nobody, and what the worker pushes there, it types to
 * itself.
 *
 * @throws {UserError} where bubblewrap is missing or cannot make the sandbox.
 */
export async function enterSandbox(
  profile: Profile,
  files: WorkerFiles,
  { command, access = NO_ACCESS, state = [] }: SandboxEntry,
): Promise<{ command: string; env: Environment }> {
  for (const dir of [files.inbox, files.replies, files.worktree, files.state]) {
    ensureDir(dir);
  }
  const packages = packagesDir(profile.env);
  const env = {
    LOOOP_INBOX: files.inbox,
    LOOOP_WORKTREE: files.worktree,
    // looop's own, wherever the agent has its caches.
    ...(packages === null ? {} : { DENO_DIR: packages }),
    ...await copyState(profile, files.state, state),
  };
  const extras: SandboxExtras = {
    ...await ownPlaces(profile, files, true),
    keepsTerminal: true,
    always: true,
  };
  await tryOut(profile, await sandboxed(profile, access, ["true"], extras));
  const signals = "--default-signal=HUP,INT,QUIT,TERM";
  const argv = ["env", signals, "bash", "-c", command];
  const words = (await sandboxed(profile, access, argv, extras)).map(quoteWord);
  return { command: `trap '' HUP INT QUIT TERM\nexec ${words.join(" ")}`, env };
}

/** What starts a worker's `verify`: in the sandbox, it may also write to where the worker worked. */
export async function verifyArgv(
  profile: Profile,
  { sandbox, verify_access }: Pick<WorkerRecord, "sandbox" | "verify_access">,
  files: WorkerFiles,
  argv: string[],
): Promise<string[]> {
  if (sandbox === "none") return await sandboxed(profile, verify_access, argv);
  const { masked, writable } = await ownPlaces(profile, files, false);
  // What the worker left is run there, even if the config asks for a sandbox no more.
  return await sandboxed(profile, verify_access, argv, { masked, writable, always: true });
}

/** A worker sees no other, and writes to what is its own and to what all workers share. */
async function ownPlaces(
  { paths }: Profile,
  files: WorkerFiles,
  shared: boolean,
): Promise<Pick<SandboxPlaces, "masked" | "writable" | "cwd">> {
  const real = async (path: string) => await realPath(path) ?? path;
  const [workers, dir, worktree] = await Promise.all(
    [paths.workers, files.dir, files.worktree].map(real),
  );
  const more = shared ? [paths.claims, paths.reports, files.inbox, files.state] : [];
  return {
    masked: [{ dir: workers, shown: [dir] }],
    writable: [worktree, ...await Promise.all(more.map(real))],
    cwd: worktree,
  };
}

async function tryOut(profile: Profile, argv: string[]): Promise<void> {
  const tried = await runTool({ argv, env: tmuxEnv(profile) });
  if (tried.code === 0) return;
  const end = { status: tried.code, stderrTail: tried.stderr };
  throw new UserError(explainBwrap(end) ?? `the sandbox could not be made: ${tried.stderr}`);
}

/**
 * Gives an agent's program directories of its own below `directory`, with copies of what it needs; what is not there is not
 * copied.
 *
 * @returns the environment variables that lead it there.
 * @throws {UserError} where something cannot be read.
 */
export async function copyState(
  { env }: Profile,
  dir: string,
  states: AgentState[],
): Promise<Environment> {
  const variables: Environment = {};
  for (const state of states) {
    const home = env("HOME") ?? "/";
    const given = env(state.variable);
    const from = given ?? join(home, state.dir);
    const to = join(dir, "home", state.dir);
    ensureDir(to);
    for (const file of state.files) await copy(join(from, file), join(to, file));
    // Last: in place of what an unset variable leaves where nobody looks for it.
    for (const file of given === undefined ? state.besides ?? [] : []) {
      await copy(join(home, file), join(to, file));
    }
    variables[state.variable] = to;
  }
  return variables;
}

async function copy(from: string, to: string): Promise<void> {
  if (kindAt(from) !== "file") return;
  ensureDir(dirname(to));
  await replaceFile(to, readBytes(from), { durable: false });
}
