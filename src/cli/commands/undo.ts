import { findUndo, type Undo, undoMove } from "../../documents/undo.ts";
import { refuseInsideWorker } from "../../inbox/caller.ts";
import type { Command } from "../command.ts";
import { OK } from "../command.ts";
import { renderDiff } from "../output/documents.ts";
import { safeLine } from "../output/text.ts";
import { dateTime, viewOf } from "../output/view.ts";

/** `looop undo`: takes back what the last move wrote. */
export const undoCommand: Command = {
  usage: "looop undo [--dry-run]",
  switches: ["dry-run"],
  words: { least: 0, most: 0 },
  async run({ switches, terminal, signal, open }) {
    const profile = await open();
    if (switches.has("dry-run")) {
      const undo = await findUndo(profile);
      terminal.out(`would undo ${headOf(undo)}\n\n`);
      const view = await viewOf(terminal);
      for (const { path, now: before, before: after } of undo.files) {
        const states = { was: "now", is: "after looop undo" };
        terminal.out(await renderDiff({ path, before, after, ...states }, terminal, view));
      }
      return OK;
    }
    await refuseInsideWorker(profile, "undo a move");
    const undo = await undoMove(profile, signal);
    const lines = undo.files.map(({ path, now, before }) =>
      `  ${path} is ${before === null ? "removed" : now === null ? "back" : "as it was before"}\n`
    );
    terminal.out(`undid ${headOf(undo)}\n${lines.join("")}`);
    return OK;
  },
};

function headOf({ move: { rev, at, why }, skipped }: Undo): string {
  const others = skipped === 1 ? "the move after it" : `the ${skipped} moves after it`;
  const since = skipped === 0 ? "" : `\n${others} did nothing that could be undone`;
  return `move ${rev} of ${dateTime(new Date(at))}: ${safeLine(why)}${since}`;
}
