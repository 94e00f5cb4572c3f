import { dirname, join } from "@std/path";
import { findBwrap, sandboxArgv, type SandboxPlaces } from "../os/sandbox.ts";
import { ownPlaces } from "../os/env.ts";
import { isPseudo, realPath } from "../os/stat.ts";
import type { Access } from "../schema/config.ts";
import { UserError } from "../schema/errors.ts";
import { isBelow, listSecrets, namedPaths } from "./home_secrets.ts";
import type { Profile } from "./profile.ts";

/** What a sandbox has in addition to an access. */
export interface SandboxExtras
  extends Partial<Pick<SandboxPlaces, "masked" | "writable" | "cwd" | "env" | "keepsTerminal">> {
  /** What it sees although it is below a hidden directory: absolute, existing, and without symlinks. Default: nothing. */
  shown?: string[];
  /** Use it even if the config does not ask for it (any more). Default `false`. */
  always?: boolean;
}

/** Directories with sockets and temporary files of all users. */
const HIDDEN = ["/tmp", "/var/tmp", "/run"];

/**
 * Returns the argv to start for a program: its own, or, if the config asks for a sandbox, that of bubblewrap around it.
 * Inside, all is read-only, the loop's own directory is empty, and there are credentials and a network only with that
 * access.
 *
 * @throws {UserError} if bubblewrap is missing, or the access names a missing path or a directory that steers looop.
 */
export async function sandboxed(
  profile: Profile,
  access: Access,
  argv: string[],
  { always = false, shown = [], ...extras }: SandboxExtras = {},
): Promise<string[]> {
  if (profile.config.sandbox === "none" && !always) return argv;
  const bwrap = findBwrap(profile.env("PATH") ?? "");
  const steering = await steeringOf(profile);
  const write = await Promise.all(access.write.map((path) => mayWrite(path, steering)));
  const read = await namedPaths(access.read, profile.env);
  const places = await placesOf(profile, { bwrap, network: access.network, steering });
  const masked = [...places.masked, ...extras.masked ?? []];
  const guarded = [...places.guarded, ...shown];
  const { network } = access;
  return sandboxArgv(
    { network, read, write },
    { ...places, ...extras, masked, guarded },
    argv,
  );
}

/** Returns why the sandbox of the config cannot be used; `null` if it can, or none is configured. */
export function sandboxProblem({ config, env }: Profile): UserError | null {
  try {
    if (config.sandbox !== "none") findBwrap(env("PATH") ?? "");
    return null;
  } catch (error) {
    return error as UserError;
  }
}

/** Lists the credentials that nothing in the sandbox can read without an access. */
export async function hiddenPaths(profile: Profile): Promise<string[]> {
  const steering = await steeringOf(profile);
  const { secrets, guarded } = await placesOf(profile, { bwrap: "", network: false, steering });
  return secrets.map(({ path }) => path)
    .filter((path) => !guarded.some((shown) => isBelow(shown, path)));
}

/** Directories that steer looop: write access to one allows anything. The data directory comes last. */
async function steeringOf({ paths, configPath, env }: Profile): Promise<string[]> {
  const dataDir = await realPath(paths.dataDir) ?? paths.dataDir;
  return [...await there([dirname(configPath), ...ownPlaces(env)]), dataDir];
}

async function placesOf(
  { paths, env }: Profile,
  { bwrap, network, steering }: { bwrap: string; network: boolean; steering: string[] },
): Promise<SandboxPlaces> {
  const dataDir = steering.at(-1) ?? paths.dataDir;
  const hidden = await there([...HIDDEN, env("XDG_RUNTIME_DIR"), env("TMPDIR")]);
  const secrets = await listSecrets(env);
  const isHidden = (path: string) =>
    [...hidden, ...secrets.map(({ path }) => path)].some((dir) => isBelow(path, dir));
  const needed = await there([
    env("HOME"),
    ...(env("PATH") ?? "").split(":"),
    // Often a link into a directory of sockets.
    network ? "/etc/resolv.conf" : undefined,
  ]);
  const own = join(dataDir, ".looop");
  return {
    bwrap,
    dataDir,
    hidden: hidden.filter((dir) => dir !== "/"),
    secrets,
    guarded: [...needed.filter(isHidden), ...steering],
    masked: await realPath(own) === null
      ? []
      : [{ dir: own, shown: await there([join(own, "bin")]) }],
    writable: [],
    cwd: dataDir,
    env: { TMPDIR: "/tmp" },
    keepsTerminal: false,
  };
}

async function there(paths: (string | undefined)[]): Promise<string[]> {
  const found = await Promise.all(
    paths.map((path) => path?.startsWith("/") ? realPath(path) : null),
  );
  return [...new Set(found)].filter((path) => path !== null);
}

async function mayWrite(path: string, steering: string[]): Promise<string> {
  const real = await realPath(path);
  const refuse = (why: string) => new UserError(`cannot allow writing to ${path}: ${why}`);
  if (real === null) throw refuse("it does not exist; create it first");
  if (isPseudo(real)) throw refuse("it belongs to the kernel");
  if (!steering.includes(real)) return real;
  throw refuse("it steers looop; name a directory inside");
}
