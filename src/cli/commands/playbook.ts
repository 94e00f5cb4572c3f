import starter from "../../../seeds/PLAYBOOK.md" with { type: "text" };
import { writeText } from "../../documents/edit.ts";
import {
  currentPlaybook,
  lastOther,
  playbookAt,
  playbookHistory,
  playbookUncommitted,
} from "../../documents/playbook.ts";
import { findUndo, movesOf, type Undo, undoMove } from "../../documents/undo.ts";
import { refuseInsideWorker } from "../../inbox/caller.ts";
import { plural } from "../../schema/text.ts";
import { UsageError } from "../../schema/errors.ts";
import { type Command, verbsCommand } from "../command.ts";
import { openToWrite, writeBody } from "../document_input.ts";
import { renderDiff, renderRevisions } from "../output/documents.ts";
import { safeLine } from "../output/text.ts";
import { dateTime, showFile, viewOf } from "../output/view.ts";

const path = "PLAYBOOK.md";

/** `looop playbook …`: shows and changes how the loop judges. */
export const playbookCommand: Command = verbsCommand(
  "looop playbook show | write [file|-] | history | diff [rev] | restore <rev>",
  {
    show: {
      usage: "looop playbook show [rev]",
      completes: ["revision"],
      async run({ words: [rev], terminal, open }) {
        const profile = await open();
        showFile(
          terminal,
          rev === undefined ? currentPlaybook(profile) : (await playbookAt(profile, rev)).bytes,
        );
      },
    },
    write: {
      usage: "looop playbook write [file|-] [--note TEXT]",
      completes: ["file"],
      async run({ words: [from], options, terminal, signal, open }) {
        const profile = await openToWrite(open, `write ${path}`);
        const source = {
          kind: "playbook",
          path,
          from,
          starter,
          note: options.get("note"),
        } as const;
        await writeBody(profile, source, { terminal, signal });
      },
    },
    history: {
      usage: "looop playbook history [--json]",
      async run({ switches, say, print, open }) {
        const profile = await open();
        const revisions = await playbookHistory(profile);
        await print(revisions, (view) => renderRevisions(revisions, view));
        if (!switches.has("json") && await playbookUncommitted(profile)) {
          say("the current text is not committed yet: looop playbook diff shows it\n");
        }
      },
    },
    diff: {
      usage: "looop playbook diff [rev]",
      completes: ["revision"],
      async run({ words: [rev], terminal, open }) {
        const profile = await open();
        const after = currentPlaybook(profile);
        const then = rev === undefined
          ? await lastOther(profile, after)
          : await playbookAt(profile, rev);
        if (then === null) return terminal.out(`${path} has no other revision\n`);
        const states = { before: then.bytes, after, was: then.rev, is: "now" };
        const diff = await renderDiff({ path, ...states }, terminal, await viewOf(terminal));
        terminal.out(diff === "" ? `${path} has not changed since ${then.rev}\n` : diff);
      },
    },
    restore: {
      usage: "looop playbook restore <rev> [--note TEXT]",
      completes: ["revision"],
      async run({ words: [rev], options, say, signal, open }) {
        const profile = await openToWrite(open, `restore ${path}`);
        const then = await playbookAt(profile, rev);
        const what = `restored ${path} as of ${then.rev}`;
        const body = new TextDecoder("utf-8", { ignoreBOM: true }).decode(then.bytes);
        const edit = {
          kind: "playbook",
          path,
          body,
          what,
          note: options.get("note"),
          signal,
        } as const;
        const done = await writeText(profile, edit);
        say(
          done === "unchanged" ? `${path} has not changed since ${then.rev}\n` : `${what}\n`,
        );
      },
    },
  },
);

/** `looop undo`: reverts what the last move wrote. */
export const undoCommand: Command = {
  usage: "looop undo [--dry-run] [--note TEXT]",
  async run({ switches, options, terminal, say, signal, open }) {
    if (switches.has("dry-run") && options.has("note")) {
      throw new UsageError("--note has no effect with --dry-run, which reverts nothing");
    }
    const profile = await open();
    if (switches.has("dry-run")) {
      const undo = await findUndo(profile);
      say(`would undo ${headOf(undo)}\n\n`);
      const view = await viewOf(terminal);
      const { moves, rest } = movesOf(undo.files);
      for (const { from, to } of moves) say(`move ${from} back to ${to}\n`);
      for (const { path, now: before, before: after } of rest) {
        const states = { was: "now", is: "after looop undo" };
        terminal.out(await renderDiff({ path, before, after, ...states }, terminal, view));
      }
      return;
    }
    await refuseInsideWorker(profile, "undo a move");
    const undo = await undoMove(profile, { note: options.get("note"), signal });
    const { moves, rest } = movesOf(undo.files);
    const lines = [
      ...moves.map(({ from, to }) => `  moved ${from} back to ${to}\n`),
      ...rest.map(({ path, now, before }) =>
        `  ${before === null ? "removed" : now === null ? "restored" : "reverted"} ${path}\n`
      ),
    ];
    say(`undid ${headOf(undo)}\n${lines.join("")}`);
  },
};

function headOf({ move: { rev, at, why }, skipped }: Undo): string {
  const others = plural(skipped, "later move");
  const since = skipped === 0 ? "" : `\nskipped ${others} with nothing to undo`;
  return `move ${rev} of ${dateTime(new Date(at))}: ${safeLine(why)}${since}`;
}
