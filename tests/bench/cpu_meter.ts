/** Counts the CPU that a process takes, thread by thread: what the kernel tells of all of them is in steps of 10 ms. */
export class CpuMeter {
  /** Since the start, as of the last reading. */
  totalMs = 0;
  readonly #pid: number;
  #seen: Map<string, number>;

  private constructor(pid: number, seen: Map<string, number>) {
    this.#pid = pid;
    this.#seen = seen;
  }

  static async start(pid: number): Promise<CpuMeter> {
    return new CpuMeter(pid, await nsByThread(pid));
  }

  /** Milliseconds since the last reading; what a thread took that has ended since is lost. */
  async read(): Promise<number> {
    const now = await nsByThread(this.#pid);
    let ns = 0;
    for (const [thread, taken] of now) ns += taken - (this.#seen.get(thread) ?? 0);
    this.#seen = now;
    this.totalMs += ns / 1e6;
    return ns / 1e6;
  }
}

async function nsByThread(pid: number): Promise<Map<string, number>> {
  const taken = new Map<string, number>();
  for await (const { name } of Deno.readDir(`/proc/${pid}/task`)) {
    const text = await Deno.readTextFile(`/proc/${pid}/task/${name}/schedstat`).catch(() => null);
    if (text !== null) taken.set(name, Number(text.split(" ")[0]));
  }
  return taken;
}
