/** A strace that watches one thread. */
export interface Tracing {
  /** It has ended, as it does with the thread. */
  ended: Promise<unknown>;
}

/** Starts strace on one thread for these system calls, and waits until it watches. */
export async function traceThread(
  tid: string,
  syscalls: string,
  flags: string[],
): Promise<Tracing> {
  const strace = new Deno.Command("strace", {
    args: ["-p", tid, "-e", `trace=${syscalls}`, "-e", "signal=none", ...flags],
    ...{ stdin: "null", stdout: "null", stderr: "piped" },
  }).spawn();
  const said = strace.stderr.pipeThrough(new TextDecoderStream()).getReader();
  const read = async () => {
    const { done, value } = await said.read();
    return done ? null : value;
  };
  let text = "";
  while (!text.includes("attached")) {
    const more = await read();
    if (more === null) throw new Error(`${text}\n${ADVICE}`);
    text += more;
  }
  const drained = (async () => {
    while (await read() !== null);
  })();
  return { ended: Promise.all([strace.status, drained]) };
}

const ADVICE = "strace must be allowed to attach to programs of this user: " +
  "be root, or: sudo sysctl -w kernel.yama.ptrace_scope=0";
