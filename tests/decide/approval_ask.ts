import type { Ask } from "../../src/schema/ask.ts";
import { canonicalJson, sha256Hex } from "../../src/schema/json.ts";
import type { Move } from "../../src/schema/move.ts";

/** Makes an ask of 2026-11-23 09:00 for the approval of a move, which expires a day later. */
export async function approvalAsk(
  id: string,
  move: Move,
  { answer, profile, place }: { answer?: Ask["answer"]; profile?: string; place?: string } = {},
): Promise<Ask & { approval: NonNullable<Ask["approval"]> }> {
  return {
    id,
    kind: "approval",
    question: "May I?",
    asked_at: "2026-11-23T09:00:00.000Z",
    run_id: "r",
    approval: {
      move,
      move_sha256: await sha256Hex(canonicalJson(move)),
      action_sha256: "",
      digests: {},
      preview: "",
      expires_at: "2026-11-24T09:00:00.000Z",
      profile,
      place,
    },
    answer,
  };
}
