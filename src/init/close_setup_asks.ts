import { lock } from "../host/lock.ts";
import { closeAsk, listAsks } from "../humans/ask_files.ts";
import type { Goal } from "../model/goal.ts";
import type { Profile } from "../profile/profile.ts";

/** Closes what the rules of the starter goal have asked: whoever has set looop up need not answer it any more. */
export async function closeSetupAsks(profile: Profile, { rules }: Goal): Promise<void> {
  const questions = rules.flatMap(({ do: move }) => move.action === "ask" ? [move.question] : []);
  using _ = await lock(profile.paths.asksLock);
  const { asks } = await listAsks(profile);
  for (const ask of asks) {
    const isOfSetup = ask.worker === undefined && ask.kind === "question" &&
      questions.includes(ask.question);
    if (isOfSetup && !ask.answer) await closeAsk(profile, ask, "set_up");
  }
}
