import { type Environment, findDeno, runtime } from "../os/env.ts";
import { listProcesses } from "../os/processes.ts";
import { findProgram } from "../os/run_tool.ts";
import { childEnv } from "../profile/child_env.ts";
import { captureOutput } from "../os/run_program.ts";
import { type Check, type CheckInput, fail, type Finding, fromError, ok, warn } from "./check.ts";

interface Program {
  name: string;
  /** What does not work without it. */
  without: string;
  /** The package that has it. Default: its name. */
  from?: string;
  /** The argument that prints its version. Default `--version`. */
  version?: string;
  /** Minimum version: major and minor. */
  min?: [number, number];
  /** Without it nothing works. */
  vital?: boolean;
  /** Some implementations cannot print a version. */
  mute?: boolean;
}

const PROGRAMS: Program[] = [
  { name: "bash", without: "looop starts nothing", vital: true },
  // For the placeholders of trailers in log.
  { name: "git", without: "there is no history", min: [2, 25] },
  { name: "tmux", without: "no worker can start, nor looop up", version: "-V" },
  { name: "script", without: "no worker can start", from: "bsdutils", mute: true },
  { name: "ps", without: "no worker can start", from: "procps", mute: true },
];

/** Exit statuses of programs without `--version`. */
const UNKNOWN_OPTION = [1, 64];

/** Checks that the programs which looop starts are installed, and run. */
export const checkPrograms: Check = {
  name: "programs",
  async *run(input) {
    const found = await Promise.all(PROGRAMS.map((program) => checkProgram(program, input)));
    yield* await Promise.all(
      found.map((one) => one.check === "ps" && one.level === "ok" ? checkPs(one, input) : one),
    );
  },
};

async function checkProgram(program: Program, { profile, signal }: CheckInput): Promise<Finding> {
  const { name, without, from = name, version = "--version", min, vital, mute } = program;
  const install = `apt install ${from}`;
  const worse = vital ? fail : warn;
  const path = findProgram(name, profile.env("PATH") ?? "");
  if (path === null) return worse(`not on PATH: ${without}`, install, name);
  // Programs are started through bash.
  if (findProgram("bash", profile.env("PATH") ?? "") === null) return ok(path, name);
  const answer = await askVersion([name, version], childEnv(profile), signal);
  if (!answer.ok) {
    return mute && UNKNOWN_OPTION.includes(answer.status)
      ? ok(path, name)
      : fail(`${path} does not run: ${answer.why}`, install, name);
  }
  const found = `${answer.version} at ${path}`;
  if (!isOlder(answer.version, min)) return ok(found, name);
  return fail(`${found}, older than ${min?.join(".")}: ${without}`, install, name);
}

/** Lists the processes as looop does for workers, since not every `ps` can. */
async function checkPs(found: Finding, { profile }: CheckInput): Promise<Finding> {
  try {
    if ((await listProcesses(childEnv(profile))).size > 0) return found;
    return fail(`${found.found} lists no process: no worker can start`, null, "ps");
  } catch (error) {
    return fromError("fail", error, "ps");
  }
}

/** An unreadable version passes. */
function isOlder(version: string, min: [number, number] = [0, 0]): boolean {
  const [, major, minor] = /(\d+)\.(\d+)/.exec(version)?.map(Number) ?? [];
  if (major === undefined) return false;
  return major < min[0] || (major === min[0] && minor < min[1]);
}

const TIMEOUT_MS = 8000;
const MAX_BYTES = 4096;

/**
 * Returns the first line that a program prints for `--version`, or why there is none, with the exit status.
 *
 * @param timeoutMs milliseconds until it is killed. Default 8000
 */
export async function askVersion(
  argv: string[],
  env: Environment,
  signal: AbortSignal,
  timeoutMs = TIMEOUT_MS,
): Promise<{ ok: true; version: string } | { ok: false; why: string; status: number }> {
  const request = { argv, cwd: "/", env, deadlineMs: timeoutMs, signal };
  const { output, end } = await captureOutput(request, MAX_BYTES);
  const command = argv.join(" ");
  if (end.ending === "deadline") {
    const why = `${command} did not end within ${timeoutMs / 1000} s`;
    return { ok: false, status: end.status, why };
  }
  const [error] = end.stderrTail.trim().slice(0, 200).split("\n");
  // pi prints it on stderr.
  const line = new TextDecoder().decode(output).trim().split("\n")[0] || error;
  if (end.status === 0 && line !== "") return { ok: true, version: line.slice(0, 100).trim() };
  const why = `${command} ended with status ${end.status}${error && `: ${error}`}`;
  return { ok: false, status: end.status, why };
}

/** The minimum version of Deno: major and minor. */
const MIN_DENO: [number, number] = [2, 9];

/** Checks the Deno that runs looop. */
export const checkDeno: Check = {
  name: "deno",
  *run({ profile }) {
    const { version, path, compiled } = runtime();
    if (compiled && findDeno(profile.env("PATH") ?? "") === null) {
      const found = `looop is compiled (${path}), and no deno is on PATH: .ts sensors cannot run`;
      yield warn(found, "npm install -g deno");
    } else if (!compiled && isOlder(version, MIN_DENO)) {
      yield fail(`${version} at ${path}, which is too old`, "npm install -g deno@2.9.6");
    }
    return compiled ? `looop is compiled with Deno ${version}: ${path}` : `${version} at ${path}`;
  },
};
