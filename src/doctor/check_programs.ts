import { findProgram } from "../host/find_program.ts";
import { childEnv } from "../profile/child_env.ts";
import { askVersion } from "./ask_version.ts";
import type { Check, CheckInput } from "./check.ts";
import { fail, type Finding, ok, warn } from "./finding.ts";

interface Program {
  name: string;
  /** How it tells its version. */
  version: string[];
  /** The oldest version that will do: major and minor. */
  oldest?: [number, number];
  /** What does not work without it. */
  without: string;
  install: string;
  /** Nothing at all works without it. */
  vital?: boolean;
  /** Some kinds of it know no version. */
  mute?: boolean;
}

const PROGRAMS: Program[] = [
  {
    name: "bash",
    version: ["--version"],
    without: "looop starts nothing",
    install: "apt install bash",
    vital: true,
  },
  {
    name: "git",
    version: ["--version"],
    // It has to know init -b.
    oldest: [2, 28],
    without: "there is no history to go back to",
    install: "apt install git",
  },
  {
    name: "tmux",
    version: ["-V"],
    without: "no worker can start, nor looop up",
    install: "apt install tmux",
  },
  {
    name: "script",
    version: ["--version"],
    without: "no worker can start",
    install: "apt install bsdutils",
    mute: true,
  },
  {
    name: "ps",
    version: ["--version"],
    without: "no worker can start",
    install: "apt install procps",
    mute: true,
  },
];

/** How programs end that do not know `--version`. */
const NO_SUCH_OPTION = [1, 64];

/** Looks for the programs that looop starts, and whether they run. */
export const checkPrograms: Check = {
  name: "programs",
  async run(input) {
    return await Promise.all(PROGRAMS.map((program) => look(program, input)));
  },
};

async function look(
  { name, version, oldest, without, install, vital = false, mute = false }: Program,
  { profile, signal }: CheckInput,
): Promise<Finding> {
  const worse = vital ? fail : warn;
  const path = findProgram(name, profile.env("PATH") ?? "");
  if (path === null) return worse(name, `not on PATH: ${without}`, install);
  // Without bash nothing can be asked.
  if (findProgram("bash", profile.env("PATH") ?? "") === null) return ok(name, path);
  const answer = await askVersion([name, ...version], childEnv(profile), signal);
  if (answer.ok && isOlder(answer.version, oldest)) {
    const found = `${answer.version} at ${path}, older than ${oldest?.join(".")}: ${without}`;
    return fail(name, found, install);
  }
  if (answer.ok) return ok(name, `${answer.version} at ${path}`);
  return mute && NO_SUCH_OPTION.includes(answer.status)
    ? ok(name, path)
    : fail(name, `${path} does not run: ${answer.why}`, install);
}

/** Where a version cannot be made out, nothing is said against it. */
function isOlder(version: string, oldest: [number, number] = [0, 0]): boolean {
  const [, major, minor] = /(\d+)\.(\d+)/.exec(version)?.map(Number) ?? [];
  if (major === undefined) return false;
  return major < oldest[0] || (major === oldest[0] && minor < oldest[1]);
}
