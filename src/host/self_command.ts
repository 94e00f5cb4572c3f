import { dirname, fromFileUrl, join } from "@std/path";
import type { Env } from "./env.ts";
import { isExecutable } from "./is_executable.ts";
import { STATIC_SCOPE } from "./static_scope.ts";

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
  const packages = packagesFolder(env);
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
export function packagesFolder(env: Env): string | null {
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
