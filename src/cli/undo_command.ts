import type { Undo } from "../find_undo.ts";
import type { Command } from "./command.ts";
import { OK } from "./exit_codes.ts";
import { dateTime } from "./format_time.ts";
import { safeLine } from "./safe_text.ts";

/** `looop undo`: takes back what the last move wrote. */
export const undoCommand: Command = {
  usage: "looop undo [--dry-run]",
  switches: ["dry-run"],
  words: { least: 0, most: 0 },
  async run({ switches, terminal, signal, open }) {
    const profile = await open();
    if (switches.has("dry-run")) {
      const { findUndo } = await import("../find_undo.ts");
      const { renderDiff } = await import("./render_diff.ts");
      const { viewOf } = await import("./view.ts");
      const undo = await findUndo(profile);
      terminal.out(`would undo ${headOf(undo)}\n\n`);
      const view = await viewOf(terminal);
      for (const { path, now: before, before: after } of undo.files) {
        const states = { was: "now", is: "after looop undo" };
        terminal.out(await renderDiff({ path, before, after, ...states }, terminal, view));
      }
      return OK;
    }
    const { refuseInsideWorker } = await import("../humans/refuse_inside_worker.ts");
    await refuseInsideWorker(profile, "undo a move");
    const { undoMove } = await import("../undo_move.ts");
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
