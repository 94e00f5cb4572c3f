import { dirname } from "@std/path";
import { findProgram } from "../os/run_tool.ts";
import { isGranted, type Permission } from "../os/self.ts";
import type { Profile } from "../profile/profile.ts";
import { type Check, fail, ok, warn } from "./check.ts";

const PROGRAMS = ["bash", "git", "tmux", "script", "ps"];

/** Checks the permissions that Deno gives looop. */
export const checkScope: Check = {
  name: "scope",
  fine: "only what looop needs",
  async run({ profile }) {
    const needed = neededBy(profile);
    const given = await Promise.all(needed.map(isGranted));
    const missing = needed.filter((_, i) => !given[i]).map((permission) => {
      const found = `looop needs Deno's permission ${permission.name}${
        suffix(permission, " for ")
      }`;
      const fix = `bin/looop, or add --allow-${permission.name}${suffix(permission, "=")}`;
      return fail("scope", found, fix);
    });
    if (missing.length > 0) return missing;
    const extra = (["net", "write", "run", "ffi"] as const).map((name) => ({ name }));
    const granted = await Promise.all(extra.map(isGranted));
    const wide = extra.flatMap(({ name }, i) => granted[i] ? [name] : []);
    // The flags of a compiled or installed looop are fixed before its data directory is known.
    if (wide.join() === "write") return [ok("scope", "what looop needs, and writing anywhere")];
    const found = `wider than looop needs: all of ${wide.join(", ")} (started with -A?)`;
    return wide.length === 0 ? [] : [warn("scope", found, "start it with bin/looop")];
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

/** What a permission is limited to, after a separator; empty if it is not limited. */
function suffix(permission: Permission, separator: string): string {
  const [, limit] = Object.values(permission);
  return limit === undefined ? "" : `${separator}${limit}`;
}
