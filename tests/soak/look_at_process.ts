/** What a process holds, seen from outside through `/proc`. */
export interface Held {
  rssMiB: number;
  /** Open file descriptors, counted by what they are. */
  fds: Record<string, number>;
  threads: number;
  /** Watches of all its inotify instances. */
  watches: number;
}

/** Looks at a process once. */
export async function lookAtProcess(pid: number): Promise<Held> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  const number = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1]);
  const fds: Record<string, number> = {};
  let watches = 0;
  for await (const { name } of Deno.readDir(`/proc/${pid}/fd`)) {
    // It may be closed between the two looks.
    const target = await Deno.readLink(`/proc/${pid}/fd/${name}`).catch(() => null);
    if (target === null) continue;
    const kind = /^anon_inode:\[?(\w+)/.exec(target)?.[1] ?? /^(\w+):\[/.exec(target)?.[1] ??
      "file";
    fds[kind] = (fds[kind] ?? 0) + 1;
    if (kind !== "inotify") continue;
    const info = await Deno.readTextFile(`/proc/${pid}/fdinfo/${name}`).catch(() => "");
    watches += info.split("\n").filter((line) => line.startsWith("inotify wd:")).length;
  }
  return { rssMiB: number("VmRSS") / 1024, fds, threads: number("Threads"), watches };
}

/** What a process holds while it has nothing to do: of many looks the least, since any may fall on a short piece of work. */
export async function restOf(pid: number, looks = 20, everyMs = 50): Promise<Held> {
  const seen: Held[] = [];
  for (let look = 0; look < looks; look++) {
    seen.push(await lookAtProcess(pid));
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
  const least = (of: (held: Held) => number) => Math.min(...seen.map(of));
  const kinds = new Set(seen.flatMap(({ fds }) => Object.keys(fds)));
  const fds: Record<string, number> = {};
  for (const kind of [...kinds].sort()) {
    const count = least((held) => held.fds[kind] ?? 0);
    if (count > 0) fds[kind] = count;
  }
  return {
    rssMiB: least(({ rssMiB }) => rssMiB),
    fds,
    threads: least(({ threads }) => threads),
    watches: least(({ watches }) => watches),
  };
}

/** A process that a pulse, or what it started, has started. */
export interface TreeProcess {
  pid: number;
  /** `Z`: it has ended, and nobody has asked how. */
  state: string;
  args: string;
}

/**
 * Every process that has `mark` in its environment and every child of `parent`, but not `parent` itself, nor the
 * fleet's tmux and what runs in it: that is to outlive a pulse.
 */
export async function listTree(parent: number, mark: string): Promise<TreeProcess[]> {
  const all = new Map<number, TreeProcess & { parent: number; marked: boolean }>();
  for await (const { name } of Deno.readDir("/proc")) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    const read = (file: string) => Deno.readTextFile(`/proc/${pid}/${file}`).catch(() => "");
    const [, state, ppid] = /\) (\S) (\d+)/.exec(await read("stat")) ?? [];
    if (state === undefined) continue;
    const args = (await read("cmdline")).replaceAll("\0", " ").trim();
    const marked = (await read("environ")).includes(mark);
    all.set(pid, { pid, state, args, parent: Number(ppid), marked });
  }
  const inFleet = (pid: number): boolean => {
    const process = all.get(pid);
    return process !== undefined && (process.args.startsWith("tmux ") || inFleet(process.parent));
  };
  return [...all.values()].filter((process) =>
    // A zombie has no environment any more.
    (process.marked || process.parent === parent) && process.pid !== parent &&
    !inFleet(process.pid)
  ).map(({ pid, state, args }) => ({ pid, state, args }));
}
