import { join } from "@std/path";
import type { Finding } from "../../src/doctor/check.ts";
import { doctor, type DoctorInput } from "../../src/doctor/doctor.ts";
import type { Profile } from "../../src/profile/profile.ts";
import { PRESET_NAMES } from "../../src/schema/config.ts";
import { cliOn } from "../support/cli_on.ts";
import { denoDir } from "../support/looop.ts";
import { type TempProfile, tempProfile, type TempProfileOptions } from "../support/temp_profile.ts";

/** A profile with nothing wrong in it: it has ticked, a runner is installed, the locale is UTF-8. */
export async function soundProfile(options: TempProfileOptions = {}): Promise<TempProfile> {
  const profile = await tempProfile({
    ...options,
    files: {
      "goals/build.md": "---\ngoal: Build\n---\n",
      "sensors/today.sh": `#!/bin/sh\necho '{"signal": 1}'\n`,
      ...options.files,
    },
    env: { LANG: "C.UTF-8", DENO_DIR: denoDir(), ...options.env },
  });
  await program(profile, "claude", `echo "7.0.0 (stand-in)"`);
  profile.environment.PATH = [join(profile.root, "bin"), ...withoutRunners()].join(":");
  // Not the socket directory that this user's other profiles share.
  profile.environment.XDG_RUNTIME_DIR ??= profile.root;
  const trusts = {
    hasCompletedOnboarding: true,
    oauthAccount: {},
    projects: { "/": { hasTrustDialogAccepted: true } },
  };
  await Deno.writeTextFile(join(profile.root, "home", ".claude.json"), JSON.stringify(trusts));
  await Deno.writeTextFile(profile.configPath, `{"runner": "none"}`, { mode: 0o600 });
  const { status, stderr } = await cliOn(profile, ["tick"]);
  if (status !== 0) throw new Error(stderr);
  await Deno.remove(profile.configPath);
  return profile;
}

/** The directories of this process's PATH, but for those in which a runner of this machine lies. */
function withoutRunners(): string[] {
  const has = (dir: string, name: string) => {
    try {
      return Deno.statSync(join(dir, name)).isFile;
    } catch {
      return false; // nothing is there
    }
  };
  return (Deno.env.get("PATH") ?? "/usr/bin:/bin").split(":")
    .filter((dir) => !PRESET_NAMES.some((name) => has(dir, name)));
}

/** Puts a program in the directory that comes first on the profile's PATH. */
export async function program(profile: TempProfile, name: string, script: string): Promise<void> {
  const path = join(profile.root, "bin", name);
  await Deno.mkdir(join(profile.root, "bin"), { recursive: true });
  await Deno.writeTextFile(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

/** All that the doctor finds. */
export async function examine(
  profile: Profile,
  input: Partial<DoctorInput> = {},
): Promise<Finding[]> {
  const all: Finding[] = [];
  const { signal } = new AbortController();
  const defaults = { variables: ["LOOOP_DATA_DIR", "LOOOP_INTERVAL"], signal };
  for await (const findings of doctor(profile, { ...defaults, ...input })) all.push(...findings);
  return all;
}

/** What is not as it should be, but for the scope, since tests run with all permissions. */
export function wrongIn(findings: Finding[]): Finding[] {
  return findings.filter(({ check, level }) => level !== "ok" && check !== "scope");
}

/** What is wrong in a profile; each is a check, its level, what was found and the fix. */
export async function wrong(
  profile: Profile,
  input: Partial<DoctorInput> = {},
): Promise<[string, string, string, string | null][]> {
  return wrongIn(await examine(profile, input))
    .map(({ check, level, found, fix }) => [check, level, found, fix]);
}
