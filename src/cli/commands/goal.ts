import starter from "../../../seeds/starters/goal.md" with { type: "text" };
import { archiveGoalFile, findGoal, listGoals } from "../../documents/goals.ts";
import { UsageError } from "../../schema/errors.ts";
import { isId } from "../../schema/primitives.ts";
import { type Command, inOrder, OK, verbsCommand } from "../command.ts";
import { openToWrite, reportUntrustedMark, wasMarked, writeBody } from "../document_input.ts";
import { renderGoals } from "../output/documents.ts";
import { safeJson } from "../output/text.ts";
import { showFile, viewOf } from "../output/view.ts";

/** `looop goal <verb>`: what the loop works toward. */
export const goalCommand: Command = verbsCommand(
  "looop goal ls | show <id> | write <id> [file|-] | archive <id>",
  {
    ls: () => goalLs,
    show: () => goalShow,
    write: () => goalWrite,
    archive: () => goalArchive,
  },
);

/** `looop goal ls`: the goals, as a tick puts them in order. */
export const goalLs: Command = {
  usage: "looop goal ls [--all] [--json]",
  switches: ["all", "json"],
  words: { least: 0, most: 0 },
  async run({ switches, terminal, open }) {
    const profile = await open();
    const goals = await listGoals(profile, switches.has("all"));
    if (switches.has("json")) {
      terminal.out(`${safeJson(goals)}\n`);
      return OK;
    }
    terminal.out(renderGoals(goals, await viewOf(terminal)));
    return OK;
  },
};

/** `looop goal show`: the file of a goal, an archived one too. */
export const goalShow: Command = {
  usage: "looop goal show <id>",
  switches: [],
  completes: inOrder("goal"),
  words: { least: 1, most: 1 },
  async run({ words: [id], terminal, open }) {
    const { bytes } = findGoal(await open(), id);
    showFile(terminal, bytes);
    return OK;
  },
};

/** `looop goal write`: a goal from stdin, a file or the editor. */
export const goalWrite: Command = {
  usage: "looop goal write <id> [file|-]",
  switches: [],
  completes: inOrder("goal", "file"),
  words: { least: 1, most: 2 },
  async run({ words: [id, from], terminal, signal, open }) {
    if (!isId(id)) {
      throw new UsageError(
        `cannot write goal ${id}: an id is 1 to 64 of a-z, 0-9, _ and -, beginning with a letter or digit`,
      );
    }
    const path = `goals/${id}.md`;
    const profile = await openToWrite(open, `write ${path}`);
    const marked = wasMarked(profile, id);
    const text = await writeBody(profile, { kind: "goal", path, from, starter }, {
      terminal,
      signal,
    });
    if (text !== null) reportUntrustedMark(terminal, { id, marked, text });
    return OK;
  },
};

/** `looop goal archive`: puts a goal away that is done. */
export const goalArchive: Command = {
  usage: "looop goal archive <id>",
  switches: [],
  completes: inOrder("goal"),
  words: { least: 1, most: 1 },
  async run({ words: [id], terminal, signal, open }) {
    const profile = await openToWrite(open, `archive goal ${id}`);
    terminal.out(`archived ${await archiveGoalFile(profile, id, signal)}\n`);
    return OK;
  },
};
