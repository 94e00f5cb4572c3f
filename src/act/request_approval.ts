import { findAsk, writeAsk } from "../humans/ask_files.ts";
import { APPROVAL_HOURS } from "../humans/check_approval.ts";
import { canonicalJson } from "../model/canonical.ts";
import type { Intent } from "../model/intent.ts";
import type { Outcome } from "../model/outcome.ts";
import { sha256Hex } from "../model/sha256.ts";
import type { Profile } from "../profile/profile.ts";
import { profileId } from "../profile/profile_id.ts";
import { askIdOf } from "./ask_id.ts";
import { previewMove } from "./preview_move.ts";

/** Writes an approval: a yes to it makes this very move, once, at the next tick. */
export async function requestApproval(profile: Profile, intent: Intent): Promise<Outcome> {
  const { run_id, move, verdict, digests, tainted } = intent;
  const id = await askIdOf(run_id);
  if (!await findAsk(profile, id)) {
    const now = profile.clock.now();
    const expires = new Date(now.getTime() + APPROVAL_HOURS * 3_600_000);
    await writeAsk(profile, {
      id,
      kind: "approval",
      question: `May I ${move.action}: ${move.journal}? (${verdict.why})`,
      asked_at: now.toISOString(),
      run_id,
      ...(tainted ? { tainted } : {}),
      approval: {
        move,
        move_sha256: await sha256Hex(canonicalJson(move)),
        digests,
        preview: await previewMove(profile, intent),
        expires_at: expires.toISOString(),
        profile: await profileId(profile),
      },
      tainted: intent.tainted,
    });
  }
  return {
    status: "asked",
    summary: `waits for your yes: ${id}`,
    paths: [`asks/${id}.json`],
    ask_id: id,
  };
}
