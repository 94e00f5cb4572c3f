import { placedEnv, tickArgv, type TickEnd } from "./kill_tick.ts";
import type { Stage } from "./stage.ts";

/** Makes one `looop tick` as its users do, and after so many milliseconds kills it with its process group. */
export async function killGroup(stage: Stage, afterMs: number): Promise<TickEnd> {
  // With a session of its own, its pid names its group.
  const child = new Deno.Command("setsid", {
    ...{ args: tickArgv(), cwd: stage.root, env: placedEnv(stage), clearEnv: true },
    ...{ stdin: "null", stdout: "null", stderr: "piped" },
  }).spawn();
  const kill = setTimeout(() => killAll(child.pid), afterMs);
  const { signal, code, stderr } = await child.output();
  clearTimeout(kill);
  return { killed: signal === "SIGKILL", code, stderr: new TextDecoder().decode(stderr) };
}

function killAll(group: number): void {
  new Deno.Command("bash", {
    args: ["-c", `kill -s KILL -- -${group}`],
    stderr: "null",
  }).outputSync();
}
