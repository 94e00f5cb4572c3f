import { dirname } from "@std/path";
import { runProgram } from "../os/run_program.ts";
import { findProgram } from "../os/run_tool.ts";
import { CALLS, explainBwrap } from "../os/sandbox.ts";
import { isGranted, type Permission } from "../os/env.ts";
import { childEnv } from "../profile/child_env.ts";
import type { Profile } from "../profile/profile.ts";
import { hiddenPaths, sandboxed, sandboxProblem } from "../profile/sandbox.ts";
import { NO_ACCESS } from "../schema/config.ts";
import probe from "../scripts/sandbox_probe.sh" with { type: "text" };
import { type Check, type CheckInput, fail, type Finding, warn } from "./check.ts";

/** Tries from inside the sandbox that the config asks for whether what it promises holds, with and without the network. */
export const checkSandbox: Check = {
  name: "sandbox",
  needsProfile: true,
  needsConfig: true,
  deadlineMs: 30_000,
  async *run(input) {
    if (input.profile.config.sandbox === "none") return "none (`sandbox` in the config)";
    if (sandboxProblem(input.profile) !== null) {
      const found = "bubblewrap is not installed, so nothing can run (it needs Linux)";
      return yield fail(found, "apt install bubblewrap");
    }
    const hidden = await hiddenPaths(input.profile);
    for (const network of [false, true]) {
      const finding = await tryFrom(input, network, hidden);
      if (finding !== null) return yield finding;
    }
    return `bwrap starts programs without root, keyrings, sockets and your credentials (${hidden.length} found)`;
  },
};

/** Returns what does not hold; `null`: all does. */
async function tryFrom(
  { profile, signal }: CheckInput,
  network: boolean,
  hidden: string[],
): Promise<Finding | null> {
  const { keyctl, socket, unshare } = CALLS;
  const numbers = [keyctl, socket, unshare].map(String);
  const argv = ["bash", "-p", "-c", probe, "looop", network ? "network" : "", ...numbers];
  let said = "";
  const decoder = new TextDecoder();
  const end = await runProgram({
    argv: await sandboxed(profile, { ...NO_ACCESS, network }, [...argv, ...hidden]),
    cwd: profile.paths.dataDir,
    env: childEnv(profile),
    deadlineMs: 12_000,
    onStdout: (chunk) => void (said += decoder.decode(chunk, { stream: true })),
    signal,
  });
  const lines = said.trimEnd().split("\n");
  if (lines.pop() !== "probed") {
    const why = explainBwrap(end) ??
      `bwrap ended with status ${end.status}: ${end.stderrTail.trim().slice(-300)}`;
    return fail(why, "bwrap --ro-bind / / true");
  }
  const isUnknown = (line: string) => line.startsWith("unknown: ");
  const broken = lines.filter((line) => !isUnknown(line));
  const where = network ? "in the sandbox with the network " : "in the sandbox ";
  if (broken.length > 0) {
    return fail(`${where}a program is not confined: ${broken.join("; ")}`, "looop help sandbox");
  }
  const [unknown] = lines.filter(isUnknown);
  return unknown === undefined ? null : warn(`${where}${unknown}`, "install perl or python3");
}

const PROGRAMS = ["bash", "git", "tmux", "script", "ps"];

/** Checks the permissions that Deno gives looop. */
export const checkScope: Check = {
  name: "scope",
  async *run({ profile }) {
    for (const permission of neededBy(profile)) {
      if (await isGranted(permission)) continue;
      const [name, limit] = Object.values(permission);
      const found = `looop needs Deno's permission ${name}${limit ? ` for ${limit}` : ""}`;
      yield fail(found, `bin/looop, or add --allow-${name}${limit ? `=${limit}` : ""}`);
    }
    const wide: string[] = [];
    for (const name of ["net", "write", "run", "ffi"] as const) {
      if (await isGranted({ name })) wide.push(name);
    }
    // The flags of a compiled or installed looop are fixed before its data directory is known.
    if (wide.join() === "write") return "what looop needs, and writing anywhere";
    if (wide.length === 0) return "only what looop needs";
    const found = `wider than looop needs: all of ${wide.join(", ")} (started with -A?)`;
    yield warn(found, "start it with bin/looop");
  },
};

function neededBy({ paths, configPath, env }: Profile): Permission[] {
  const path = env("PATH") ?? "";
  const programs = PROGRAMS.filter((name) => name === "bash" || findProgram(name, path) !== null);
  return [
    { name: "read" },
    { name: "env" },
    ...(["hostname", "uid"] as const).map((kind) => ({ name: "sys" as const, kind })),
    ...[paths.dataDir, dirname(configPath), env("TMPDIR") ?? "/tmp"]
      .map((path) => ({ name: "write" as const, path })),
    ...programs.map((command) => ({ name: "run" as const, command })),
  ];
}
