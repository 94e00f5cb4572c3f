import type { Environment } from "../os/env.ts";
import { findProgram } from "../os/run_tool.ts";
import { findDeno, runtime } from "../os/self.ts";
import { childEnv } from "../profile/child_env.ts";
import { captureOutput } from "../sense/output.ts";
import { type Check, type CheckInput, fail, type Finding, ok, warn } from "./check.ts";

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

const TIMEOUT_MS = 8000;
const MAX_BYTES = 4096;

/** What a program says to `--version`: its first line, or in one line why it says nothing, with its exit status. */
export type VersionAnswer = { ok: true; version: string } | {
  ok: false;
  why: string;
  status: number;
};

/** Asks a program for its version. */
export async function askVersion(
  argv: string[],
  env: Environment,
  signal: AbortSignal,
): Promise<VersionAnswer> {
  const request = { argv, cwd: "/", env, deadlineMs: TIMEOUT_MS, signal };
  const { output, end } = await captureOutput(request, MAX_BYTES);
  const command = argv.join(" ");
  if (end.ending === "deadline") {
    return {
      ok: false,
      status: end.status,
      why: `${command} did not end within ${TIMEOUT_MS / 1000} s`,
    };
  }
  const [said] = end.stderrTail.trim().slice(0, 200).split("\n");
  // pi tells it on stderr.
  const line = new TextDecoder().decode(output).trim().split("\n")[0] || said;
  if (end.status === 0 && line !== "") return { ok: true, version: line.slice(0, 100).trim() };
  const why = `${command} ended with status ${end.status}${said && `: ${said}`}`;
  return { ok: false, status: end.status, why };
}

/** The oldest Deno that looop works with: major and minor. */
const OLDEST = [2, 9];

/** Looks at what runs looop. */
export const checkDeno: Check = {
  name: "deno",
  run({ profile }) {
    const { version, path, compiled } = runtime();
    if (compiled) {
      if (findDeno(profile.env("PATH") ?? "") !== null) {
        return [ok("deno", `looop is compiled, with Deno ${version} in it: ${path}`)];
      }
      const found = `looop is compiled (${path}), and no deno is on PATH: .ts sensors cannot run`;
      return [warn("deno", found, "npm install -g deno")];
    }
    const [major, minor] = version.split(".").map(Number);
    const old = major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]);
    return [
      old
        ? fail("deno", `${version} at ${path}, which is too old`, "npm install -g deno@2.9.6")
        : ok("deno", `${version} at ${path}`),
    ];
  },
};
