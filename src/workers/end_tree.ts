import { killTree } from "../host/kill_tree.ts";
import type { Profile } from "../profile/profile.ts";
import type { Session } from "./tmux.ts";
import { socketOf, tmuxArgv } from "./tmux.ts";
import type { WorkerFiles } from "./worker_files.ts";

/** What is to be ended of a worker. */
export interface Remains {
  files: WorkerFiles;
  generation: string;
  session: Session | null;
  /** looop itself was called by it. */
  fromInside?: boolean;
}

/** Only once nothing is left: until then the worker lives, and its session shows what it still prints. */
const THEN = `mv -f -- "$1" "$2"; shift 2; [ $# = 0 ] || exec -- "$@"`;

/**
 * Ends all processes of a worker, then its session; `killing.json`, where there is one, becomes `exit.json`.
 *
 * @returns pids that even KILL did not end.
 */
export async function endTree(
  profile: Profile,
  { files, generation, session, fromInside = false }: Remains,
): Promise<number[]> {
  const kill = session === null
    ? []
    : tmuxArgv(profile, await socketOf(profile), ["kill-session", "-t", session.id]);
  return await killTree({
    mark: generation,
    then: ["bash", "-p", "-c", THEN, "looop", files.killing, files.exit, ...kill],
    fromInside,
    env: profile.environment,
  });
}
