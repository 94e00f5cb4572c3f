import { runInTerminal } from "../os/run_tool.ts";
import type { Profile } from "../profile/profile.ts";
import { UserError } from "../schema/errors.ts";
import { listWorkers, sessionName } from "./list.ts";
import { socketOf, tmux, tmuxArgv, tmuxEnv } from "./tmux.ts";

/**
 * Attaches the terminal to a worker's session until the user detaches with Ctrl-\ Ctrl-\, or it ends; works inside another
 * tmux.
 *
 * @returns the exit status of tmux.
 * @throws {UserError} where there is no such worker, or it has no session.
 */
export async function attachWorker(profile: Profile, id: string): Promise<number> {
  const [worker] = await listWorkers(profile, { only: id });
  if (!worker) throw new UserError(`there is no worker ${id}: looop ls lists them`);
  if (worker.state === "orphaned") {
    throw new UserError(
      `cannot attach to worker ${id}: it is running without a terminal, because its tmux server was killed; ` +
        `looop logs ${id} shows its output, looop kill ${id} ends it`,
    );
  }
  if (!worker.alive) {
    throw new UserError(
      `cannot attach to worker ${id}: it has ended (${worker.state}); looop logs ${id}`,
    );
  }
  return await runInTerminal(await attachArgv(profile, id), tmuxEnv(profile));
}

/** The command line that attaches a terminal to a worker's session; its environment must not have `TMUX`. */
export async function attachArgv(profile: Profile, id: string): Promise<string[]> {
  const target = `=${sessionName(id)}`;
  return tmuxArgv(profile, await socketOf(profile), ["attach-session", "-E", "-t", target]);
}

/**
 * Detaches all terminals from a worker's session, which remains open for some time after the worker's end.
 */
export async function detachClients(profile: Profile, id: string): Promise<void> {
  await tmux(profile, await socketOf(profile), ["detach-client", "-s", `=${sessionName(id)}`]);
}
