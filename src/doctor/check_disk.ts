import { tryWriting } from "../host/replace_file.ts";
import { messageOf } from "../model/user_error.ts";
import { captureOutput } from "../sense/capture_output.ts";
import { childEnv } from "../profile/child_env.ts";
import type { Check, CheckInput } from "./check.ts";
import { fail, type Finding, fromMessage, ok, warn } from "./finding.ts";

/** Less than so much, in KiB, and soon a move cannot be written down. */
const LITTLE_KIB = 100 * 1024;
const TOO_LITTLE_KIB = 1024;

/** Looks at whether the data directory takes writes, and at the room that is left. */
export const checkDisk: Check = {
  name: "disk",
  needsProfile: true,
  async run(input) {
    const { paths } = input.profile;
    try {
      await tryWriting(paths.own);
    } catch (error) {
      return [fromMessage("fail", "disk", messageOf(error))];
    }
    return [await room(input)];
  },
};

async function room({ profile, signal }: CheckInput): Promise<Finding> {
  const { dataDir } = profile.paths;
  const { output } = await captureOutput({
    argv: ["df", "-P", "-k", dataDir],
    cwd: "/",
    env: { ...childEnv(profile), LC_ALL: "C" },
    deadlineMs: 8000,
    signal,
  }, 10_000);
  const row = new TextDecoder().decode(output).trim().split("\n").at(-1) ?? "";
  const [, left] = / (\d+) +\d+% /.exec(row) ?? [];
  if (left === undefined) return ok("disk", `takes writes; df does not tell what is left`);
  const kib = Number(left);
  const mib = `${Math.floor(kib / 1024).toLocaleString("en")} MiB`;
  if (kib >= LITTLE_KIB) return ok("disk", `takes writes, ${mib} left`);
  const fix = `make room on the disk of ${dataDir}`;
  return kib < TOO_LITTLE_KIB
    ? fail("disk", `${left} KiB left`, fix)
    : warn("disk", `${mib} left`, fix);
}
