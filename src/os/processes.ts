import { UserError } from "../schema/errors.ts";
import type { Environment } from "./env.ts";
import { runTool } from "./run_tool.ts";

/** One process of the machine. */
export interface Process {
  parent: number;
  /** When it started, as `ps -o lstart=` gives it in UTC. */
  started: string;
  /** Its arguments and, where that may be seen, its environment, in one line. */
  line: string;
}

/**
 * Lists all processes, by pid, with one call of `ps`.
 *
 * @throws {UserError} where `ps` fails.
 */
export async function listProcesses(env: Environment): Promise<Map<number, Process>> {
  const { code, stdout, stderr } = await runTool({
    argv: ["ps", "axeww", "-o", "pid=", "-o", "ppid=", "-o", "lstart=", "-o", "args="],
    // lstart is told in the language and time zone of the environment.
    env: { PATH: env.PATH ?? "/usr/bin:/bin", LC_ALL: "C", TZ: "UTC" },
  });
  if (code !== 0) throw new UserError(`cannot list processes with ps: ${stderr}`);
  const table = new Map<number, Process>();
  for (const row of stdout.split("\n")) {
    const [, pid, parent, started, line] = /^ *(\d+) +(\d+) +((?:\S+ +){4}\S+) (.*)$/.exec(row) ??
      [];
    if (pid !== undefined) table.set(Number(pid), { parent: Number(parent), started, line });
  }
  return table;
}
