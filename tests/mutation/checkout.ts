import { dirname, join } from "@std/path";
import { endStartedIn } from "../bench/end_started_in.ts";
import { denoDir } from "../support/looop.ts";

/** Directories without sources: neither searched nor copied. */
const LEFT_OUT = new Set([".git", ".cache", "coverage", "dist", "node_modules"]);

/** How long any other call of Deno, such as the type check, may take. */
const OTHER_LIMIT_MS = 300_000;

/** Gives the paths, from the root, of all files in a directory of a checkout. */
export async function* walkFiles(root: string, below = ""): AsyncGenerator<string> {
  const entries = await Array.fromAsync(Deno.readDir(join(root, below)))
    .catch((error) => {
      if (error instanceof Deno.errors.NotFound) return [];
      throw error;
    });
  for (const { name, isDirectory } of entries) {
    if (LEFT_OUT.has(name)) continue;
    const path = below === "" ? name : `${below}/${name}`;
    if (isDirectory) yield* walkFiles(root, path);
    else yield path;
  }
}

/** How a run of a test file, or of another program, ended. */
export interface RunEnd {
  status: "passed" | "failed" | "timed out";
  ms: number;
}

/** Copies of a checkout in one temporary directory, and everything that is started in them. */
export class Copies implements AsyncDisposable {
  readonly #root: string;
  readonly #directory: string;
  #runs = 0;
  #closing: Promise<void> | undefined;

  private constructor(root: string, directory: string) {
    this.#root = root;
    this.#directory = directory;
  }

  static async open(root: string): Promise<Copies> {
    const temporary = await Deno.realPath(Deno.env.get("TMPDIR") ?? "/tmp");
    while (true) {
      // Shorter than Deno's own names: the path of a tmux socket below it may have 107 bytes, and tests read
      // paths on screens of 80 columns.
      const directory = join(temporary, `m_${crypto.randomUUID().slice(0, 4)}`);
      try {
        await Deno.mkdir(directory, { mode: 0o700 });
        return new Copies(root, directory);
      } catch (error) {
        if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
      }
    }
  }

  /** Copies the checkout as it is now, with what is not committed; gives the root of the copy. */
  async make(name: string): Promise<string> {
    const to = join(this.#directory, name);
    for await (const path of walkFiles(this.#root)) {
      await Deno.mkdir(dirname(join(to, path)), { recursive: true });
      await Deno.copyFile(join(this.#root, path), join(to, path));
    }
    return to;
  }

  /** Makes an empty directory with a name that starts no other one's name. */
  async emptyDirectory(): Promise<string> {
    const path = join(this.#directory, `${this.#runs++}_`);
    await Deno.mkdir(path);
    return path;
  }

  /** Runs one test file in a copy until its first failing test. */
  runTest(copy: string, file: string, limitMs: number, coverage?: string): Promise<RunEnd> {
    const args = ["test", "--quiet", "--no-check", "--allow-all", "--fail-fast"];
    const cover = coverage ? [`--coverage=${coverage}`, "--coverage-raw-data-only"] : [];
    return this.#run(copy, [...args, ...cover, file], limitMs);
  }

  /** Checks the types of one file in a copy, and of what it imports. */
  checkTypes(copy: string, file: string): Promise<RunEnd> {
    return this.#run(copy, ["check", "--quiet", file], OTHER_LIMIT_MS);
  }

  async #run(cwd: string, args: string[], limitMs: number): Promise<RunEnd> {
    // Once it is closing, what is just running ends, and must not be followed by more.
    if (this.#closing) return await new Promise(() => {});
    const temporary = await this.emptyDirectory();
    const started = performance.now();
    const child = new Deno.Command(Deno.execPath(), {
      args,
      cwd,
      env: { TMPDIR: temporary, NO_COLOR: "1" },
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      // Ends the child, too, unless it has just ended by itself.
      endStartedIn(temporary);
    }, limitMs);
    const { success } = await child.status.finally(() => clearTimeout(timer));
    const ms = performance.now() - started;
    // A mutant may leave behind what the unmutated program would end.
    await endStartedIn(temporary);
    await unmountBelow(temporary);
    // What cannot be removed is tried again at the end.
    await removeTree(temporary).catch(() => undefined);
    return { status: timedOut ? "timed out" : success ? "passed" : "failed", ms };
  }

  /** Ends everything that was started, and removes the copies. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#closing ??= this.#close();
  }

  async #close(): Promise<void> {
    await endStartedIn(this.#directory);
    await unmountBelow(this.#directory);
    await removeTree(this.#directory);
    // Deno keeps what it transpiled under the path of the source.
    await removeTree(join(denoDir(), "gen", "file", this.#directory));
  }
}

/** Unmounts the disks that a test has left behind, so that their directories can be removed. */
async function unmountBelow(directory: string): Promise<void> {
  const table = await Deno.readTextFile("/proc/self/mountinfo");
  const points = table.split("\n").map((line) => line.split(" ")[4] ?? "");
  const own = points.filter((point) => point.startsWith(`${directory}/`));
  if (own.length === 0) return;
  // The last ones first: they may lie in others.
  await new Deno.Command("umount", { args: ["--lazy", ...own.reverse()] }).output();
}

async function removeTree(path: string): Promise<void> {
  await Deno.remove(path, { recursive: true }).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
}
