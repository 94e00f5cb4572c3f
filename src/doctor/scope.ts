import { dirname } from "@std/path";
import { findProgram } from "../os/run_tool.ts";
import { isGranted, type Permission } from "../os/self.ts";
import type { Profile } from "../profile/profile.ts";
import { type Check, fail, warn } from "./check.ts";

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
