import { dirname, join } from "@std/path";
import { findBwrap } from "../host/find_bwrap.ts";
import { realPath } from "../host/real_path.ts";
import { sandboxArgv, type SandboxPlaces } from "../host/sandbox_argv.ts";
import { ownPlaces } from "../host/self_command.ts";
import type { Access } from "../model/access.ts";
import { UserError } from "../model/user_error.ts";
import type { Profile } from "./profile.ts";

/** What a sandbox has besides an access. */
export interface SandboxExtras
  extends Partial<Pick<SandboxPlaces, "masked" | "writable" | "cwd" | "env" | "keepsTerminal">> {
  /** It is to be used although the config does not say so (any more). Default `false`. */
  always?: boolean;
}

/** Where sockets and temporary files of everybody are. */
const HIDDEN = ["/tmp", "/var/tmp", "/run"];

/**
 * What to start in place of a program: itself, or, where the config asks for a sandbox, bubblewrap around it. Inside
 * all is read-only, the loop's own folder is empty, and the network is there only with the access for it.
 *
 * @throws {UserError} where bubblewrap is missing, or the access names what is not there.
 */
export async function sandboxed(
  profile: Profile,
  access: Access,
  argv: string[],
  { always = false, ...extras }: SandboxExtras = {},
): Promise<string[]> {
  if (profile.config.sandbox === "none" && !always) return argv;
  const bwrap = await findBwrap(profile.env("PATH") ?? "");
  const write = await Promise.all(access.write.map(mustBeThere));
  const places = await placesOf(profile, bwrap, access.network);
  const masked = [...places.masked, ...extras.masked ?? []];
  return sandboxArgv({ network: access.network, write }, { ...places, ...extras, masked }, argv);
}

/** Says why nothing can be run in the sandbox that the config asks for; `null` where it can, or none is asked for. */
export async function sandboxProblem({ config, env }: Profile): Promise<UserError | null> {
  if (config.sandbox === "none") return null;
  return await findBwrap(env("PATH") ?? "").then(() => null, (error) => error);
}

async function placesOf(
  { paths, configPath, env }: Profile,
  bwrap: string,
  network: boolean,
): Promise<SandboxPlaces> {
  const dataDir = await realPath(paths.dataDir) ?? paths.dataDir;
  const hidden = await there([...HIDDEN, env("XDG_RUNTIME_DIR"), env("TMPDIR")]);
  const isHidden = (path: string) => hidden.some((folder) => `${path}/`.startsWith(`${folder}/`));
  const needed = await there([
    env("HOME"),
    ...(env("PATH") ?? "").split(":"),
    // Often a link to where its writer has a socket, too.
    network ? "/etc/resolv.conf" : undefined,
  ]);
  const own = join(dataDir, ".looop");
  return {
    bwrap,
    dataDir,
    hidden: hidden.filter((folder) => folder !== "/"),
    guarded: [
      ...needed.filter(isHidden),
      ...await there([dirname(configPath), ...ownPlaces(env)]),
      dataDir,
    ],
    masked: await realPath(own) === null
      ? []
      : [{ folder: own, shown: await there([join(own, "bin")]) }],
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

async function mustBeThere(path: string): Promise<string> {
  const real = await realPath(path);
  if (real !== null) return real;
  throw new UserError(`cannot let anything write to ${path}: it is not there; make it first`);
}
