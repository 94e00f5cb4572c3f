import { UserError } from "../schema/errors.ts";
import type { Environment } from "./env.ts";
import { runTool } from "./run_tool.ts";

/** A process of this machine. */
export interface Process {
  parent: number;
  /** When it started, in UTC, as `ps -o lstart=` prints it. */
  started: string;
  /** Its arguments and, if readable, its environment, in one line. */
  line: string;
}

/**
 * Lists all processes by pid, with one call of `ps`.
 *
 * @throws {UserError} if `ps` fails.
 */
export async function listProcesses(env: Environment): Promise<Map<number, Process>> {
  const { code, stdout, stderr } = await runTool({
    argv: ["ps", "axeww", "-o", "pid=", "-o", "ppid=", "-o", "lstart=", "-o", "args="],
    // lstart depends on the locale and the time zone.
    env: { PATH: env.PATH ?? "/usr/bin:/bin", LC_ALL: "C", TZ: "UTC" },
  });
  if (code !== 0) {
    // That of BusyBox has neither the start time nor the environment of a process.
    const [why] = stderr.split("\n");
    const remedy =
      "install that of procps (apk add procps, apt install procps, dnf install procps)";
    throw new UserError(`cannot list processes with ps: ${why || `status ${code}`}; ${remedy}`);
  }
  const table = new Map<number, Process>();
  for (const row of stdout.split("\n")) {
    const [, pid, parent, started, line] = /^ *(\d+) +(\d+) +((?:\S+ +){4}\S+) (.*)$/.exec(row) ??
      [];
    if (pid !== undefined) table.set(Number(pid), { parent: Number(parent), started, line });
  }
  return table;
}
