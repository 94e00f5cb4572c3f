import { join } from "@std/path";
import { tickOnce } from "../../src/loop/run.ts";
import { systemClock } from "../../src/os/clock.ts";
import { type Call, strace } from "./kill_tick.ts";
import { reopen, type Stage } from "./stage.ts";

/** What became of the git that was to be killed, and of the tick. */
export interface GitEnd {
  git: "killed" | "ended before" | "never called";
  /** What the tick threw. */
  error: unknown;
}

/**
 * Makes one tick, in this process, whose K-th git is killed as it is about to make its N-th call of a kind.
 * looop lives on.
 */
export async function killGit(stage: Stage, kth: number, call: Call, nth: number): Promise<GitEnd> {
  const bin = join(stage.root, "bin");
  const git = (await new Deno.Command("sh", { args: ["-c", "command -v git"] }).output()).stdout;
  const real = new TextDecoder().decode(git).trim();
  const script = `#!/bin/bash
here=\${0%/*}
printf . >>"$here/gits"
[ "$(wc -c <"$here/gits")" -eq ${kth} ] || exec ${real} "$@"
${strace(call, nth).join(" ")} ${real} "$@"
status=$?
echo $status >"$here/status"
exit $status
`;
  await Deno.mkdir(bin);
  await Deno.writeTextFile(join(bin, "git"), script, { mode: 0o700 });
  stage.env.PATH = `${bin}:${stage.env.PATH}`;
  // A lock that another git holds is waited for: not here, where nobody holds it.
  const clock = { ...systemClock, sleep: () => Promise.resolve() };
  const profile = await reopen(stage, clock);
  const error = await tickOnce(profile).then(() => null, (error) => error);
  const status = await Deno.readTextFile(join(bin, "status")).catch(() => null);
  const ended = status === "137\n" ? "killed" : "ended before";
  return { git: status === null ? "never called" : ended, error };
}
