import { findAsk, writeAsk } from "../humans/ask_files.ts";
import type { Intent } from "../model/intent.ts";
import type { Move } from "../model/move.ts";
import type { Outcome } from "../model/outcome.ts";
import type { Profile } from "../profile/profile.ts";
import { askIdOf } from "./ask_id.ts";

/** Puts a question to the loop's human. */
export async function askHuman(
  profile: Profile,
  { run_id, tainted }: Intent,
  { question, options, ref }: Move & { action: "ask" },
): Promise<Outcome> {
  const id = await askIdOf(run_id);
  if (!await findAsk(profile, id)) {
    const asked_at = profile.clock.now().toISOString();
    await writeAsk(profile, {
      id,
      kind: "question",
      question,
      options,
      ref,
      asked_at,
      run_id,
      ...(tainted ? { tainted } : {}),
    });
  }
  return { status: "made", summary: `asked ${id}`, paths: [`asks/${id}.json`], ask_id: id };
}
