import { basename, join } from "@std/path";
import { readRegular } from "../host/read_regular.ts";
import type { Claim } from "../model/claim.ts";
import { describeIssues } from "../model/describe_issues.ts";
import { isId } from "../model/id.ts";
import { messageOf, UserError } from "../model/user_error.ts";
import type { Profile } from "../profile/profile.ts";

/** The most bytes of a claim file: one that is longer is none. */
const MAX_BYTES = 10_000;

/** The path of a claim. */
export function claimPath({ paths }: Profile, name: string): string {
  if (isId(name)) return join(paths.claims, `${name}.json`);
  throw new UserError(
    `a claim cannot be named ${JSON.stringify(name)}: 1 to 64 of a-z, 0-9, _ and - are taken`,
  );
}

/**
 * Reads one claim; `null` when there is none.
 *
 * @throws {UserError} where its file is malformed.
 */
export async function readClaim(profile: Profile, name: string): Promise<Claim | null> {
  const path = claimPath(profile, name);
  const file = `claims/${basename(path)}`;
  let text: string | null;
  let data: unknown;
  try {
    // Workers write here.
    text = readRegular(path, MAX_BYTES);
    if (text === null) return null;
    data = JSON.parse(text);
  } catch (error) {
    throw new UserError(`${file} is no claim: ${messageOf(error)}`, { cause: error });
  }
  const { claimFileSchema } = await import("../model/claim_schema.ts");
  const parsed = claimFileSchema.safeParse(data);
  if (parsed.success) return { name, session: parsed.data.session, since: parsed.data.since };
  throw new UserError(`${file} is no claim:\n${describeIssues(claimFileSchema, data)}`);
}
