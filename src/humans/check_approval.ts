import type { Ask } from "../model/ask.ts";
import { canonicalJson } from "../model/canonical.ts";
import { sha256Hex } from "../model/sha256.ts";
import type { Profile } from "../profile/profile.ts";
import { profileId } from "../profile/profile_id.ts";

/** Hours after which a yes comes too late. */
export const APPROVAL_HOURS = 24;

/** How far clocks may be apart. */
const DRIFT_MS = 60_000;

/**
 * Tells why a yes to an approval counts for nothing: it is no request that this profile made, or its answer could
 * not have been given to it. Asks are files that a program may have written or copied.
 *
 * @returns the reason, in one line, or `null` where a yes counts
 */
export async function checkApproval(
  profile: Profile,
  { approval, asked_at, answer }: Ask,
): Promise<string | null> {
  if (!approval) return "it is no approval";
  if (approval.profile === undefined) {
    return "it names no profile (an older looop made it, or somebody by hand)";
  }
  if (approval.profile !== await profileId(profile)) return "it was made in another profile";
  if (await sha256Hex(canonicalJson(approval.move)) !== approval.move_sha256) {
    return "its move was changed since it was asked";
  }
  const [asked, expires] = [Date.parse(asked_at), Date.parse(approval.expires_at)];
  if (Number.isNaN(asked) || Number.isNaN(expires)) return "its times cannot be read";
  if (expires - asked > APPROVAL_HOURS * 3_600_000 + DRIFT_MS) {
    return `it would hold for longer than ${APPROVAL_HOURS} hours`;
  }
  const latest = profile.clock.now().getTime() + DRIFT_MS;
  if (asked > latest) return "it was asked in the future";
  if (!answer) return null;
  const at = Date.parse(answer.at);
  if (Number.isNaN(at)) return "the time of its answer cannot be read";
  if (at < asked) return "it was answered before it was asked";
  if (at > expires) return "its answer came too late";
  return at > latest ? "it was answered in the future" : null;
}
