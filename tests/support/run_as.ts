import { runCommand } from "../../src/act/act.ts";
import { workerOf } from "../../src/admit/action.ts";
import type { Profile } from "../../src/profile/profile.ts";
import { type AdmittedAction, type AdmittedCommand, NO_ACTION } from "../../src/schema/action.ts";
import { type Access, NO_ACCESS } from "../../src/schema/config.ts";
import type { Outcome } from "../../src/schema/decision.ts";
import type { Move } from "../../src/schema/move.ts";

/** How a command was admitted. */
export interface RunAs {
  access?: Partial<Access>;
  /** Places of the operands of a command that only reads. */
  reads?: number[];
  /** Default: the data directory. */
  cwd?: string;
  signal?: AbortSignal;
}

/** Words that start without a shell, or a text that bash reads, as if policy had admitted them like this. */
export function commandAs(
  { paths }: Pick<Profile, "paths">,
  command: string | string[],
  { access, reads, cwd = paths.dataDir }: RunAs = {},
): AdmittedCommand {
  const simple = typeof command !== "string";
  return {
    ...{ argv: simple ? command : ["bash", "-c", command], simple, cwd, reads: reads ?? null },
    ...{ access: { ...NO_ACCESS, ...access }, files: {} },
  };
}

/** Runs it. */
export function runAs(
  profile: Profile,
  command: string | string[],
  how: RunAs = {},
): Promise<Outcome> {
  return runCommand(profile, commandAs(profile, command, how), how.signal);
}

/** The action of a move that starts a worker, with what a rule lets it do. */
export function workerAs(
  { config }: Pick<Profile, "config">,
  move: Move & { action: "start_worker" },
  { access, ...more }: Partial<AdmittedAction> & { access?: Partial<Access> } = {},
): AdmittedAction {
  const worker = workerOf(move, { ...NO_ACCESS, ...access }, config);
  return { ...NO_ACTION, sandbox: config.sandbox, worker, ...more };
}
