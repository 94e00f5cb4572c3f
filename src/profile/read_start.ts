import { dirname, relative, resolve } from "@std/path";
import type { Environment } from "../os/env.ts";
import { limitedArgv } from "../os/limits.ts";
import { kindAt, realPath, stat } from "../os/stat.ts";
import { UserError } from "../schema/errors.ts";
import type { ReadPlan } from "../schema/read_plan.ts";
import { openGitView } from "./git_view.ts";
import type { Profile } from "./profile.ts";
import type { SandboxExtras } from "./sandbox.ts";

/** Seconds after which a command that only reads is killed. */
export const READ_TIMEOUT_S = 30;
/** Bytes of output after which it is killed. */
export const READ_MAX_BYTES = 16 << 20;

const MIB = 1024;
/** Address space, in KiB. Go programs such as gh reserve more of it than they use. */
const MEMORY_KIB: Record<string, number> = { git: 1024 * MIB, gh: 8192 * MIB };
const DEFAULT_MEMORY_KIB = 512 * MIB;

/** How a command that only reads is started, now that its paths are resolved. */
export interface ReadStart extends AsyncDisposable {
  argv: string[];
  /** Absolute and without symlinks. */
  cwd: string;
  /** Variables besides those of every program. */
  env: Environment;
  /** What it needs in a sandbox. */
  extras: SandboxExtras;
}

/**
 * Resolves the paths of a command that only reads: what its operands and its directory lead to is what policy allows,
 * however they are spelled. Limits its CPU, its memory and, except for `gh`, which has a cache, its writes. `await using`
 * removes the temporary files.
 *
 * @throws {UserError} if a path leads elsewhere, or to something that is not a file or directory.
 */
export async function startRead(profile: Profile, plan: ReadPlan): Promise<ReadStart> {
  const [program] = plan.argv;
  const dataDir = await realPath(profile.paths.dataDir) ?? profile.paths.dataDir;
  const resolved = await Promise.all(
    plan.argv.map((word, i) => plan.files.includes(i) ? resolveFile(dataDir, word) : word),
  );
  const argv = limitedArgv(resolved, {
    cpuS: READ_TIMEOUT_S,
    memoryKiB: MEMORY_KIB[program] ?? DEFAULT_MEMORY_KIB,
    writes: program === "gh",
  });
  if (program !== "git") {
    const nothing = () => Promise.resolve();
    return { argv, cwd: dataDir, env: {}, extras: {}, [Symbol.asyncDispose]: nothing };
  }
  const view = await openGitView(profile, plan.dir, dataDir);
  return {
    ...{ argv, cwd: view.cwd, env: view.env },
    extras: { cwd: view.cwd, shown: [view.path] },
    [Symbol.asyncDispose]: () => view[Symbol.asyncDispose](),
  };
}

/** Returns a path, relative to the real data directory, that leads to the same file without symlinks. */
async function resolveFile(dataDir: string, word: string): Promise<string> {
  // Stdin, which is empty.
  if (word === "-") return word;
  const path = resolve(dataDir, word);
  const real = await realPath(path);
  if (real === null) {
    // The program reports it; but it must not appear elsewhere meanwhile.
    if (stat(path) !== null) throw refusal(word, "it is a symlink that leads nowhere");
    let parent = dirname(path);
    while (await realPath(parent) === null) parent = dirname(parent);
    await resolveFile(dataDir, relative(dataDir, parent) || ".");
    return word;
  }
  const inside = relative(dataDir, real);
  const parts = inside.split("/");
  if (parts.some((part) => part.startsWith("."))) {
    throw refusal(word, "it leads out of the data directory or to a hidden file");
  }
  const kind = kindAt(real);
  if (kind !== "file" && kind !== "a directory") throw refusal(word, `it is ${kind}`);
  return real === path ? word : /^[-+]/.test(inside) ? `./${inside}` : inside || ".";
}

function refusal(path: string, why: string): UserError {
  return new UserError(`cannot read ${path}: ${why}; read a file of the data directory`);
}
