import { ensureProfile } from "../../src/profile/ensure.ts";
import { type TempProfile, tempProfile, type TempProfileOptions } from "../support/temp_profile.ts";

/** Makes a profile with its first commit. */
export async function begun(options: TempProfileOptions = {}): Promise<TempProfile> {
  const profile = await tempProfile(options);
  await ensureProfile(profile);
  return profile;
}

/** Runs a script in a directory. */
export async function bash(dir: string, script: string): Promise<void> {
  const { success, stderr } = await new Deno.Command("bash", { args: ["-c", script], cwd: dir })
    .output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}
