import type { Intent } from "../model/intent.ts";
import type { Outcome } from "../model/outcome.ts";

/** What the journal says of a move: its own line, and what became of it where that is not plain success. */
export function journalText({ move, by, source }: Intent, outcome: Outcome): string {
  const line = `${move.journal}${by === "approval" ? ` (approved ${source})` : ""}`;
  switch (outcome.status) {
    case "made":
      if (outcome.exit_code) return `${line} (${outcome.summary})`;
      return outcome.ask_id ? `${line} (ask ${outcome.ask_id})` : line;
    case "asked":
      return `wants to ${move.action}, ${outcome.summary}: ${line}`;
    case "denied":
      return `denied ${move.action}: ${line} (${outcome.summary})`;
    case "failed":
      return `failed to ${move.action}: ${line} (${outcome.summary})`;
    case "interrupted":
      return `interrupted ${move.action}, result unknown: ${line}`;
  }
}
