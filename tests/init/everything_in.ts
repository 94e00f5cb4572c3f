import type { TempProfile } from "../support/temp_profile.ts";

/** Every file below a directory of the profile's root, with its size. */
export async function everythingIn(profile: TempProfile): Promise<string> {
  const found = await new Deno.Command("find", {
    args: [profile.root, "-type", "f", "-printf", "%P %s\n"],
  }).output();
  return new TextDecoder().decode(found.stdout).split("\n").sort().join("\n");
}
