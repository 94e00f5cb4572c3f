import { dirname, fromFileUrl, join } from "@std/path";
import type { Env } from "./env.ts";
import { findProgram } from "./run_tool.ts";
import { isExecutable } from "./stat.ts";

/** How to start this very looop again. */
export interface SelfCommand {
  argv: string[];
  /** Environment variables that go with it. */
  env: Record<string, string>;
}

/** The entry: `main.ts` of the source; in the bundle, which is JavaScript in one file, that file. */
const MAIN = import.meta.url.endsWith(".ts")
  ? new URL("../../main.ts", import.meta.url)
  : new URL(import.meta.url);

/**
 * Tells how this looop is started again with the permissions that it has: the compiled program itself, a
 * checkout's launcher where looop runs scoped, and otherwise Deno on the main module, local or remote.
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

/** Where this very looop and what it is made of lie; not all of it need be there. */
export function ownPlaces(env: Env): string[] {
  const packages = packagesDir(env);
  // Not the program itself: dax, run by a Deno, takes such an argument for the beginning of a `deno` command.
  const programs = dirname(Deno.execPath());
  if (Deno.build.standalone) return [programs];
  return [
    programs,
    ...(packages === null ? [] : [packages]),
    ...(MAIN.protocol === "file:" ? [fromFileUrl(new URL(".", MAIN))] : []),
  ];
}

/** Where Deno keeps the packages that looop is made of; `null` where nothing says so. */
export function packagesDir(env: Env): string | null {
  const home = env("HOME");
  const cache = env("XDG_CACHE_HOME") ?? (home === undefined ? undefined : join(home, ".cache"));
  return env("DENO_DIR") ?? (cache === undefined ? null : join(cache, "deno"));
}

/** The launcher gives no network; whoever has it was started in another way. */
async function isScoped(): Promise<boolean> {
  return (await Deno.permissions.query({ name: "net" })).state !== "granted";
}

/** As it was installed, or run by hand, from JSR or a mirror of it, which children must be told of. */
async function fromRegistry(deno: string): Promise<SelfCommand> {
  // dax and node:child_process add -A to a `deno run` without a permission flag; so does this, in the open.
  const scope = await isScoped() ? STATIC_SCOPE : ["-A"];
  const mirror = Deno.env.get("JSR_URL");
  const name = jsrName(MAIN.href, mirror ?? "https://jsr.io");
  return {
    argv: [deno, "run", "--quiet", ...scope, name],
    env: mirror === undefined ? {} : { JSR_URL: mirror },
  };
}

/** Modules at JSR need the package's own import map, which their address alone does not bring. */
function jsrName(url: string, registry: string): string {
  const base = registry.replace(/\/+$/, "") + "/";
  if (!url.startsWith(base)) return url;
  const [, name, version] = /^(@[^/]+\/[^/]+)\/([^/]+)\//.exec(url.slice(base.length)) ?? [];
  return name === undefined ? url : `jsr:${name}@${version}`;
}

/**
 * Deno's flags for looop where nothing computes them at each start, as in a compiled looop: `bin/looop`'s scope, but
 * for the directories that it may write to, which depend on the environment.
 */
export const STATIC_SCOPE: readonly string[] = [
  ...["--allow-read", "--allow-env", "--allow-write", "--allow-sys=hostname,uid"],
  ...["--allow-run=bash,git,tmux,script,ps", "--deny-import", "--no-prompt"],
];

/** One permission of Deno, as its flags name it. */
export type Permission =
  | { name: "read" | "write"; path?: string }
  | { name: "run"; command?: string }
  | { name: "net" | "env" | "ffi" | "import" }
  | { name: "sys"; kind: "hostname" | "uid" };

/** Tells whether this process has a permission; without a path or command: all of that kind. */
export async function isGranted(permission: Permission): Promise<boolean> {
  // Deno's types do not know "import" yet.
  const descriptor = permission as Deno.PermissionDescriptor;
  return (await Deno.permissions.query(descriptor)).state === "granted";
}

/** What runs looop. */
export interface Runtime {
  /** Deno's version, such as `2.9.6`. */
  version: string;
  /** The program: Deno, or looop itself where that is compiled. */
  path: string;
  /** looop is a program of its own, with Deno in it. */
  compiled: boolean;
}

/** Tells what runs this looop. */
export function runtime(): Runtime {
  const { deno: version } = Deno.version;
  return { version, path: Deno.execPath(), compiled: Deno.build.standalone };
}

/** What looop runs on, for bug reports: `deno 2.9.6, linux x86_64`. */
export function platform(): string {
  return `deno ${Deno.version.deno}, ${Deno.build.os} ${Deno.build.arch}`;
}

/** The process id of this looop. */
export function ownPid(): number {
  return Deno.pid;
}

/** The user id of this looop. */
export function ownUid(): number {
  return Deno.uid() ?? 0;
}

/** What looop runs on, as Deno names it: `linux`, `darwin`, `windows`, … */
export function operatingSystem(): string {
  return Deno.build.os;
}

/**
 * The Deno that runs `.ts` sensors: the one that runs looop, or where looop is a compiled binary, the first
 * `deno` in the directories of a `PATH` value; `null` when there is none.
 */
export function findDeno(path: string): string | null {
  return Deno.build.standalone ? findProgram("deno", path) : Deno.execPath();
}
