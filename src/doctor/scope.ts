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
    const missing = await notGranted(await neededBy(profile));
    if (missing.length > 0) {
      return missing.map((permission) =>
        fail(
          "scope",
          `looop needs Deno's permission ${permission.name}${suffix(permission, " for ")}`,
          `bin/looop, or add --allow-${permission.name}${suffix(permission, "=")}`,
        )
      );
    }
    const extra = (["net", "write", "run", "ffi"] as const).map((name) => ({ name }));
    const granted = await Promise.all(extra.map(isGranted));
    const wide = extra.flatMap(({ name }, i) => granted[i] ? [name] : []);
    // The flags of a compiled or installed looop are fixed before its data directory is known.
    if (wide.join() === "write") return [ok("scope", "what looop needs, and writing anywhere")];
    const found = `wider than looop needs: all of ${wide.join(", ")} (started with -A?)`;
    return wide.length === 0 ? [] : [warn("scope", found, "start it with bin/looop")];
  },
};

async function neededBy({ paths, configPath, env }: Profile): Promise<Permission[]> {
  const path = env("PATH") ?? "";
  const there = await Promise.all(PROGRAMS.map((name) => findProgram(name, path)));
  const programs = PROGRAMS.filter((name, i) => name === "bash" || there[i] !== null);
  return [
    { name: "read" },
    { name: "env" },
    ...(["hostname", "uid"] as const).map((kind) => ({ name: "sys" as const, kind })),
    ...[paths.dataDir, dirname(configPath), env("TMPDIR") ?? "/tmp"]
      .map((path) => ({ name: "write" as const, path })),
    ...programs.map((command) => ({ name: "run" as const, command })),
  ];
}

async function notGranted(permissions: Permission[]): Promise<Permission[]> {
  const granted = await Promise.all(permissions.map(isGranted));
  return permissions.filter((_, i) => !granted[i]);
}

/** What a permission is limited to, after a separator; empty if it is not limited. */
function suffix(permission: Permission, separator: string): string {
  const [, limit] = Object.values(permission);
  return limit === undefined ? "" : `${separator}${limit}`;
}
