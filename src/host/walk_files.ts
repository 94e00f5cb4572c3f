import { join } from "@std/path";

/** What is looked at of a folder that somebody hostile may have filled. */
export interface WalkLimits {
  /** Folders within folders. */
  depth: number;
  files: number;
  /** Of one file. */
  bytes: number;
}

/** What lies below a folder: paths from it on. */
export interface Walked {
  /** Regular files and symlinks. */
  files: string[];
  /** What is left out, each with the reason in one line. */
  odd: string[];
}

/** What git itself opens wherever it finds it: as anything else than a file, it would keep git waiting. */
const GIT_READS = /^\.git(ignore|attributes|modules)$/i;

/**
 * Lists the files below a folder, without following a symlink; a folder that is a git repository of its own, FIFOs,
 * sockets, and all beyond the limits are left out.
 */
export async function walkFiles(folder: string, limits: WalkLimits): Promise<Walked> {
  const walked: Walked = { files: [], odd: [] };
  await walk("", 0);
  return walked;

  async function walk(at: string, depth: number): Promise<void> {
    const names = await namesIn(join(folder, at));
    const wrong = names.some((name) => name.toLowerCase() === ".git")
      ? "is a git repository of its own"
      : depth > limits.depth
      ? `lies more than ${limits.depth} folders deep`
      : null;
    if (wrong !== null) return void walked.odd.push(`${at || "."} ${wrong}`);
    const found = await Promise.all(
      names.map(async (name) => ({ name, info: await lookAt(join(folder, at, name)) })),
    );
    const blocked = found.find(({ name, info }) => GIT_READS.test(name) && info && !info.isFile);
    if (blocked) return void walked.odd.push(`${join(at, blocked.name)} is no file`);
    for (const { name, info } of found) {
      const path = join(at, name);
      if (info === null) continue;
      if (walked.files.length >= limits.files) {
        return void walked.odd.push(`${at || "."} has more than ${limits.files} files`);
      }
      if (info.isDirectory) await walk(path, depth + 1);
      else if (!info.isFile && !info.isSymlink) walked.odd.push(`${path} is no file`);
      else if (info.size > limits.bytes) walked.odd.push(`${path} has ${info.size} bytes`);
      else walked.files.push(path);
    }
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    const names: string[] = [];
    for await (const { name } of Deno.readDir(folder)) names.push(name);
    return names.sort();
  } catch {
    return []; // it went away, or is closed to us: nothing of it can be taken
  }
}

async function lookAt(path: string): Promise<Deno.FileInfo | null> {
  try {
    return await Deno.lstat(path);
  } catch {
    return null; // it went away
  }
}
