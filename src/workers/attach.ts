import { runInTerminal } from "../os/run_tool.ts";
import type { Profile } from "../profile/profile.ts";
import { UserError } from "../schema/errors.ts";
import { listWorkers, sessionName } from "./list.ts";
import { socketOf, tmux, tmuxArgv, tmuxEnv } from "./tmux.ts";

/**
 * Hands the terminal to a worker's session until the person leaves it with Ctrl-\ Ctrl-\, or it ends; works inside
 * another tmux. Gives the exit status of tmux.
 *
 * @throws {UserError} where there is no such worker, or it has no session to attach to.
 */
export async function attachWorker(profile: Profile, id: string): Promise<number> {
  const [worker] = await listWorkers(profile, { only: id });
  if (!worker) throw new UserError(`there is no worker ${id}: looop ls lists them`);
  if (worker.state === "orphaned") {
    throw new UserError(
      `worker ${id} lives on without a terminal, since its tmux server died: looop logs ${id} shows ` +
        `what it printed, looop kill ${id} ends it`,
    );
  }
  if (!worker.alive) {
    throw new UserError(`worker ${id} has ended (${worker.state}): looop logs ${id}`);
  }
  return await runInTerminal(await attachArgv(profile, id), tmuxEnv(profile));
}

/** What attaches a terminal to a worker's session; its environment must not have `TMUX`. */
export async function attachArgv(profile: Profile, id: string): Promise<string[]> {
  const target = `=${sessionName(id)}`;
  return tmuxArgv(profile, await socketOf(profile), ["attach-session", "-E", "-t", target]);
}

/**
 * Gives the terminals that are attached to a worker's session back to whoever sits there: the session stays on for a
 * while after the worker's end, and would keep them.
 */
export async function detachClients(profile: Profile, id: string): Promise<void> {
  await tmux(profile, await socketOf(profile), ["detach-client", "-s", `=${sessionName(id)}`]);
}
