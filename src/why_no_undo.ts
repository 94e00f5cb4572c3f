import * as z from "zod/mini";
import { checkReadOnly } from "./admit/check_read_only.ts";
import { tokenizeCommand } from "./admit/tokenize_command.ts";
import { outcomeSchema } from "./model/outcome.ts";
import type { MoveCommit } from "./profile/file_history.ts";
import { parseFile } from "./profile/parse_file.ts";
import type { Profile } from "./profile/profile.ts";
import { runFile } from "./profile/runs.ts";

/** Of `decision.json` no more than what the move was: the rest, and a move's other fields, may be of any looop. */
const decisionSchema = z.object({
  decision: z.optional(z.object({
    move: z.object({
      action: z.string(),
      command: z._default(z.string(), ""),
      id: z._default(z.string(), ""),
    }),
  })),
});

/** A failed decision, and a budget that holds, have a commit, too, but made no move. */
const NO_MOVE = /^(no decision, |(~ )?held: )/;

/**
 * Says why a move that wrote none of the files that steer the loop cannot be undone; `null` where it did nothing that
 * could be: it only looked, asked, failed, or was refused.
 */
export async function whyNoUndo(profile: Profile, move: MoveCommit): Promise<string | null> {
  const read = (name: string) => runFile(profile, move.run_id, name);
  const mend = `Look at journal.md for what it did.`;
  const decided = await parseFile(read("decision.json"), decisionSchema, mend);
  if (decided === null && !NO_MOVE.test(move.why)) {
    return "it wrote no file, and what else it did is not known any more, since its run is not kept";
  }
  const made = decided?.decision?.move;
  const outcome = made && await parseFile(read("outcome.json"), outcomeSchema, mend);
  const effect = outcome?.status === "made" || outcome?.status === "interrupted";
  if (!made || !effect) return null;
  switch (made.action) {
    case "run":
      return onlyReads(profile, made.command)
        ? null
        : `it ran ${made.command}, and what that did stays; mend it by hand`;
    case "start_worker":
      return `it started worker ${made.id}: looop kill ${made.id} ends it, what it did stays`;
    case "stop_worker":
      return `it stopped worker ${made.id}: looop start-session starts another`;
    default:
      return null;
  }
}

function onlyReads({ paths }: Profile, command: string): boolean {
  const tokens = tokenizeCommand(command);
  return tokens.simple && checkReadOnly(tokens.argv, paths.dataDir).readOnly;
}
