import { findProgram } from "../host/find_program.ts";
import { runTool } from "../host/run_tool.ts";
import { childEnv } from "../profile/child_env.ts";
import type { Profile } from "../profile/profile.ts";

/** As near to what a command gets as can be had without a profile. */
const BINDS = ["--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc"];

/** Tries bubblewrap out: `null` where it works here, else why not, in one line. */
export async function sandboxFails(profile: Profile): Promise<string | null> {
  const bwrap = findProgram("bwrap", profile.env("PATH") ?? "");
  if (bwrap === null) return "bubblewrap is not installed (apt install bubblewrap; Linux alone)";
  const argv = [bwrap, "--unshare-user-try", "--unshare-pid", "--unshare-net", ...BINDS, "true"];
  const { code, stderr } = await runTool({ argv, env: childEnv(profile) });
  return code === 0 ? null : stderr.split("\n")[0] || `bwrap ended with status ${code}`;
}
