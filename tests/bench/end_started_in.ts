/**
 * Ends whatever was started with a path below a directory in its environment, tmux servers and their workers included,
 * but this process.
 */
export async function endStartedIn(dir: string): Promise<void> {
  // What is just starting is not seen at once.
  for (let clean = 0; clean < 2;) {
    const pids = await startedIn(dir);
    clean = pids.length === 0 ? clean + 1 : 0;
    for (const pid of pids) killIfThere(pid);
  }
}

async function startedIn(dir: string): Promise<number[]> {
  const pids: number[] = [];
  for await (const { name } of Deno.readDir("/proc")) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === Deno.pid) continue;
    // It may just have ended, or be another user's.
    const environ = await Deno.readTextFile(`/proc/${pid}/environ`).catch(() => "");
    if (environ.includes(dir)) pids.push(pid);
  }
  return pids;
}

function killIfThere(pid: number): void {
  try {
    Deno.kill(pid, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
