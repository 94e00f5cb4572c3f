import { dirname } from "@std/path";
import { findProgram } from "../os/run_tool.ts";
import { isGranted, type Permission } from "../os/self.ts";
import type { Profile } from "../profile/profile.ts";
import { type Check, fail, type Finding, ok, warn } from "./check.ts";

const PROGRAMS = ["bash", "git", "tmux", "script", "ps"];

/** Looks at the permissions that Deno runs looop with. */
export const checkScope: Check = {
  name: "scope",
  async run({ profile }) {
    const missing = await notGranted(await neededBy(profile));
    if (missing.length > 0) {
      return missing.map((permission) =>
        fail("scope", `looop needs ${said(permission)}`, `bin/looop, or add ${flag(permission)}`)
      );
    }
    const extra: Permission[] = [{ name: "net" }, { name: "write" }, { name: "run" }, {
      name: "ffi",
    }];
    const wide = (await Promise.all(extra.map(isGranted))).flatMap((granted, i) =>
      granted ? [extra[i].name] : []
    );
    return [judge(wide)];
  },
};

function judge(wide: string[]): Finding {
  if (wide.length === 0) return ok("scope", "what looop needs, and no more");
  // Compiled or installed, its flags are fixed before anybody knows where its data will be.
  if (wide.join() === "write") return ok("scope", "what looop needs, and to write anywhere");
  const found = `wider than looop needs: all of ${wide.join(", ")} (started with -A?)`;
  return warn("scope", found, "start it by bin/looop");
}

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

function said(permission: Permission): string {
  const of = objectOf(permission);
  return `Deno's permission ${permission.name}${of === undefined ? "" : ` for ${of}`}`;
}

function flag(permission: Permission): string {
  const of = objectOf(permission);
  return `--allow-${permission.name}${of === undefined ? "" : `=${of}`}`;
}

function objectOf(permission: Permission): string | undefined {
  switch (permission.name) {
    case "read":
    case "write":
      return permission.path;
    case "run":
      return permission.command;
    case "sys":
      return permission.kind;
    default:
      return undefined;
  }
}
