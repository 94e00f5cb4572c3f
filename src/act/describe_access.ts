import type { Access } from "../model/access.ts";
import type { Profile } from "../profile/profile.ts";

/**
 * Says for a person what a command or worker may do beyond reading, in no line or one.
 *
 * @param always what it may write to in any case
 */
export function describeAccess(
  { config }: Pick<Profile, "config">,
  { network, write, env }: Access,
  always = "",
): string[] {
  const variables = env.length > 0 ? `with the variables ${env.join(", ")}` : "";
  if (config.sandbox === "none") return variables === "" ? [] : [variables];
  const places = [always, ...write].filter(Boolean).join(", ") || "nothing";
  const may = [`${network ? "with" : "without"} network`, `writes ${places}`, variables];
  return [`in a sandbox: ${may.filter(Boolean).join(", ")}`];
}
