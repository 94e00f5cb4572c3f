import { dirname, fromFileUrl, join } from "@std/path";
import { findProgram } from "./run_tool.ts";
import { isExecutable } from "./stat.ts";

/** Environment variables by name. */
export type Environment = Record<string, string>;

/** Returns the value of an environment variable; an empty one counts as absent. */
export type Env = (name: string) => string | undefined;

/** Returns the environment of this process without `LD_*` and `DYLD_*`, which a scoped Deno refuses to pass on. */
export function systemEnvironment(): Environment {
  const all = Deno.env.toObject();
  for (const name of Object.keys(all)) {
    if (/^(LD|DYLD)_/.test(name)) delete all[name];
  }
  return all;
}

/**
 * Returns an environment whose `PATH` has absolute entries alone: an empty or relative one stands for a directory that
 * depends on where a program is looked up, such as one that workers write to. Without any, there is no `PATH`.
 */
export function withAbsolutePath(environment: Environment): Environment {
  const { PATH, ...rest } = environment;
  const absolute = (PATH ?? "").split(":").filter((dir) => dir.startsWith("/"));
  return absolute.length === 0 ? rest : { ...rest, PATH: absolute.join(":") };
}

/** Makes the reader of an environment. */
export function envOf(environment: Environment): Env {
  return (name) => Object.hasOwn(environment, name) && environment[name] || undefined;
}

/**
 * Unsets variables that children must not inherit: the limit of 2 malloc arenas of `bin/looop`, and `LD_*` and `DYLD_*`, with which
 * a scoped Deno refuses to start any program. Variables that affect Deno itself are unset by `bin/looop`.
 */
export function unsetOwnVariables(): void {
  for (const name of Object.keys(Deno.env.toObject())) {
    if (/^(LD|DYLD)_/.test(name)) Deno.env.delete(name);
  }
  if (Deno.env.get("MALLOC_ARENA_MAX") === "2") Deno.env.delete("MALLOC_ARENA_MAX");
}

/** Returns the platform, for bug reports: `deno 2.9.6, linux x86_64`. */
export function platform(): string {
  return `deno ${Deno.version.deno}, ${Deno.build.os} ${Deno.build.arch}`;
}

/** Returns Deno's name of the operating system: `linux`, `darwin`, `windows`, … */
export function operatingSystem(): string {
  return Deno.build.os;
}

/** How to start this looop again. */
interface SelfCommand {
  argv: string[];
  /** Environment variables to set. */
  env: Record<string, string>;
}

/** The entry point: `main.ts` of the source, or the bundle, which is one JavaScript file. */
const MAIN = import.meta.url.endsWith(".ts")
  ? new URL("../../main.ts", import.meta.url)
  : new URL(import.meta.url);

/**
 * Returns how to start this looop again with its permissions: the compiled program, the launcher of a checkout if looop
 * runs scoped, otherwise Deno with the main module, local or remote.
 */
export async function selfCommand(): Promise<SelfCommand> {
  const deno = Deno.execPath();
  if (Deno.build.standalone) return { argv: [deno], env: {} };
  if (MAIN.protocol !== "file:") {
    return fromRegistry(deno);
  }
  const launcher = fromFileUrl(new URL("bin/looop", MAIN));
  if (await isScoped() && isExecutable(launcher)) {
    return { argv: [launcher], env: { LOOOP_DENO: deno } };
  }
  const main = fromFileUrl(MAIN);
  const config = main.endsWith(".ts")
    ? ["--config", fromFileUrl(new URL("deno.json", MAIN))]
    : ["--no-config"];
  return { argv: [deno, "run", "-A", ...config, main], env: {} };
}

/** Returns the directories of this looop, its packages and its Deno, some of which may not exist. */
export function ownPlaces(env: Env): string[] {
  const packages = packagesDir(env);
  // The directory, not the program: dax takes an argument that is the path of Deno for a `deno` command.
  const programs = dirname(Deno.execPath());
  if (Deno.build.standalone) return [programs];
  return [
    programs,
    ...(packages === null ? [] : [packages]),
    ...(MAIN.protocol === "file:" ? [fromFileUrl(new URL(".", MAIN))] : []),
  ];
}

/** Returns the directory in which Deno stores packages; `null` if the environment does not define it. */
export function packagesDir(env: Env): string | null {
  const home = env("HOME");
  const cache = env("XDG_CACHE_HOME") ?? (home === undefined ? undefined : join(home, ".cache"));
  return env("DENO_DIR") ?? (cache === undefined ? null : join(cache, "deno"));
}

/** The launcher grants no network permission; every other way of starting looop does. */
const isScoped = async () => !await isGranted({ name: "net" });

/** For a looop from JSR or a mirror of it, which children must use too. */
async function fromRegistry(deno: string): Promise<SelfCommand> {
  // dax and node:child_process add -A to a `deno run` without a permission flag anyway.
  const scope = await isScoped() ? STATIC_SCOPE : ["-A"];
  const mirror = Deno.env.get("JSR_URL");
  const base = (mirror ?? "https://jsr.io").replace(/\/*$/, "/");
  const path = MAIN.href.startsWith(base) ? MAIN.href.slice(base.length) : "";
  // Modules of JSR need the import map of their package, which their URL does not bring.
  const [, name, version] = /^(@[^/]+\/[^/]+)\/([^/]+)\//.exec(path) ?? [];
  const main = name === undefined ? MAIN.href : `jsr:${name}@${version}`;
  return {
    argv: [deno, "run", "--quiet", ...scope, main],
    env: mirror === undefined ? {} : { JSR_URL: mirror },
  };
}

/**
 * The Deno flags of a looop that is not started by `bin/looop`, such as a compiled one: the same scope, but without the
 * limits on write permissions, which depend on the environment.
 */
export const STATIC_SCOPE: readonly string[] = [
  ...["--allow-read", "--allow-env", "--allow-write", "--allow-sys=hostname,uid"],
  ...["--allow-run=bash,git,tmux,script,ps", "--deny-import", "--no-prompt"],
];

/** A permission of Deno. */
export type Permission =
  | { name: "read" | "write"; path?: string }
  | { name: "run"; command?: string }
  | { name: "net" | "env" | "ffi" | "import" }
  | { name: "sys"; kind: "hostname" | "uid" };

/** Reports whether this process has a permission; without a path or command, for all of them. */
export async function isGranted(permission: Permission): Promise<boolean> {
  // Deno's types lack "import".
  const descriptor = permission as Deno.PermissionDescriptor;
  return (await Deno.permissions.query(descriptor)).state === "granted";
}

/** Returns Deno's version, the running program, and whether that is a compiled looop. */
export function runtime(): { version: string; path: string; compiled: boolean } {
  return {
    version: Deno.version.deno,
    path: Deno.execPath(),
    compiled: Deno.build.standalone,
  };
}

/** Returns the process id of this looop. */
export function ownPid(): number {
  return Deno.pid;
}

/** Returns the user id of this looop. */
export function ownUid(): number {
  return Deno.uid() ?? 0;
}

/**
 * Returns the Deno for `.ts` sensors: the one that runs looop, or for a compiled looop the first `deno` in the
 * directories of a `PATH` value; `null` if there is none.
 */
export function findDeno(path: string): string | null {
  return Deno.build.standalone ? findProgram("deno", path) : Deno.execPath();
}
