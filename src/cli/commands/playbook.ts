import starter from "../../../seeds/PLAYBOOK.md" with { type: "text" };
import { writeText } from "../../documents/edit.ts";
import {
  currentPlaybook,
  lastOther,
  playbookAt,
  playbookHistory,
  playbookUncommitted,
} from "../../documents/playbook.ts";
import { type Command, inOrder, OK, verbsCommand } from "../command.ts";
import { openToWrite, writeBody } from "../document_input.ts";
import { renderDiff, renderRevisions } from "../output/documents.ts";
import { safeJson } from "../output/text.ts";
import { showFile, viewOf } from "../output/view.ts";

/** `looop playbook <verb>`: how the loop judges, and how that came to be. */
export const playbookCommand: Command = verbsCommand(
  "looop playbook show | write [file|-] | history | diff [rev] | restore <rev>",
  {
    show: () => playbookShow,
    write: () => playbookWrite,
    history: () => playbookHistoryVerb,
    diff: () => playbookDiff,
    restore: () => playbookRestore,
  },
);

/** `looop playbook write`: PLAYBOOK.md from stdin, a file or the editor. */
export const playbookWrite: Command = {
  usage: "looop playbook write [file|-]",
  switches: [],
  completes: inOrder("file"),
  words: { least: 0, most: 1 },
  async run({ words: [from], terminal, signal, open }) {
    const path = "PLAYBOOK.md";
    const profile = await openToWrite(open, `write ${path}`);
    await writeBody(profile, { kind: "playbook", path, from, starter }, { terminal, signal });
    return OK;
  },
};

/** `looop playbook history`: the commits that changed PLAYBOOK.md, newest first. */
export const playbookHistoryVerb: Command = {
  usage: "looop playbook history [--json]",
  switches: ["json"],
  words: { least: 0, most: 0 },
  async run({ switches, terminal, open }) {
    const profile = await open();
    const revisions = await playbookHistory(profile);
    if (switches.has("json")) {
      terminal.out(`${safeJson(revisions)}\n`);
      return OK;
    }
    terminal.out(renderRevisions(revisions, await viewOf(terminal)));
    if (await playbookUncommitted(profile)) {
      terminal.out("what it is now has no commit yet: looop playbook diff shows what differs\n");
    }
    return OK;
  },
};

/** `looop playbook diff`: what changed in PLAYBOOK.md since a revision. */
export const playbookDiff: Command = {
  usage: "looop playbook diff [rev]",
  switches: [],
  completes: inOrder("revision"),
  words: { least: 0, most: 1 },
  async run({ words: [rev], terminal, open }) {
    const profile = await open();
    const now = currentPlaybook(profile);
    const then = rev === undefined ? await lastOther(profile, now) : await playbookAt(profile, rev);
    if (then === null) {
      terminal.out("PLAYBOOK.md is as it always was: there is no other revision of it\n");
      return OK;
    }
    const diff = await renderDiff(
      { path: "PLAYBOOK.md", before: then.bytes, after: now, was: then.rev, is: "now" },
      terminal,
      await viewOf(terminal),
    );
    terminal.out(diff === "" ? `PLAYBOOK.md is as it was at ${then.rev}\n` : diff);
    return OK;
  },
};

/** `looop playbook restore`: PLAYBOOK.md as it was, written as a new edit. */
export const playbookRestore: Command = {
  usage: "looop playbook restore <rev>",
  switches: [],
  completes: inOrder("revision"),
  words: { least: 1, most: 1 },
  async run({ words: [rev], terminal, signal, open }) {
    const profile = await openToWrite(open, "restore PLAYBOOK.md");
    const then = await playbookAt(profile, rev);
    const what = `restored PLAYBOOK.md as of ${then.rev}`;
    const path = "PLAYBOOK.md";
    const body = then.text;
    const done = await writeText(profile, { kind: "playbook", path, body, what, signal });
    terminal.out(
      done === "unchanged" ? `PLAYBOOK.md is as it was at ${then.rev} already\n` : `${what}\n`,
    );
    return OK;
  },
};

/** `looop playbook show`: PLAYBOOK.md, as it is or as it was. */
export const playbookShow: Command = {
  usage: "looop playbook show [rev]",
  switches: [],
  completes: inOrder("revision"),
  words: { least: 0, most: 1 },
  async run({ words: [rev], terminal, open }) {
    const profile = await open();
    if (rev === undefined) {
      showFile(terminal, currentPlaybook(profile));
      return OK;
    }
    showFile(terminal, (await playbookAt(profile, rev)).bytes);
    return OK;
  },
};
