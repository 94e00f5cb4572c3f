import type { TempProfile } from "../support/temp_profile.ts";
import { marked, output } from "../support/worker_profile.ts";

/** Kills the tmux server and all processes of these workers with KILL, as a power failure does. */
export async function loseWorkers(
  { read }: Pick<TempProfile, "read">,
  ...workers: { generation: string }[]
): Promise<void> {
  const { pid } = JSON.parse(await read(".looop/tmux.json"));
  await output("kill", ["-KILL", String(pid)]);
  await endProcesses(...workers);
}

/** Kills all processes of these workers with KILL. */
export async function endProcesses(...workers: { generation: string }[]): Promise<void> {
  const generations = workers.map(({ generation }) => generation);
  for (let pids = await marked(...generations); pids.length > 0;) {
    await output("kill", ["-KILL", ...pids]);
    pids = await marked(...generations);
  }
}
