/** A folder in which all that is measured has its files, and all that runs there. */
export class Scratch {
  readonly #path: string;
  #ending: Promise<void> | null = null;

  private constructor(path: string) {
    this.#path = path;
  }

  /** Makes it; temporary files of this process, and of what it starts, come to lie in it. */
  static async make(): Promise<Scratch> {
    const path = await Deno.realPath(await Deno.makeTempDir({ prefix: "bench_" }));
    Deno.env.set("TMPDIR", path);
    return new Scratch(path);
  }

  /** Ends whatever was started with the folder in its environment, tmux servers and their workers included. */
  async endProcesses(): Promise<void> {
    // What is just starting is not seen at once.
    for (let clean = 0; clean < 2;) {
      const pids = await this.#processes();
      clean = pids.length === 0 ? clean + 1 : 0;
      for (const pid of pids) killIfThere(pid);
    }
  }

  /** Ends them, and removes the folder; once, however often it is called. */
  remove(): Promise<void> {
    return this.#ending ??= this.endProcesses()
      .then(() => Deno.remove(this.#path, { recursive: true }));
  }

  async #processes(): Promise<number[]> {
    const pids: number[] = [];
    for await (const { name } of Deno.readDir("/proc")) {
      const pid = Number(name);
      if (!Number.isInteger(pid) || pid === Deno.pid) continue;
      // It may just have ended, or be another user's.
      const environ = await Deno.readTextFile(`/proc/${pid}/environ`).catch(() => "");
      if (environ.includes(this.#path)) pids.push(pid);
    }
    return pids;
  }
}

function killIfThere(pid: number): void {
  try {
    Deno.kill(pid, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
