import starter from "../../../seeds/starters/goal.md" with { type: "text" };
import { currentBytes } from "../../documents/edit.ts";
import { findGoal, goalHistory, listGoals } from "../../documents/goals.ts";
import { archiveGoalFile } from "../../documents/remove.ts";
import { type Command, verbsCommand } from "../command.ts";
import { checkId, describeMark, openToWrite, writeBody } from "../document_input.ts";
import { renderRevisions } from "../output/documents.ts";
import { renderGoals } from "../output/goals.ts";
import { showFile } from "../output/view.ts";

/** `looop goal …`: shows and changes what the loop works toward. */
export const goalCommand: Command = verbsCommand(
  "looop goal ls | show|history <id> | write <id> [file|-] | archive <id>",
  {
    ls: {
      usage: "looop goal ls [--all] [--json]",
      async run({ switches, print, open }) {
        const profile = await open();
        const goals = await listGoals(profile, switches.has("all"));
        await print(goals, (view) => renderGoals(goals, view, profile.clock.now()));
      },
    },
    show: {
      usage: "looop goal show <id>",
      completes: ["goal"],
      async run({ words: [id], terminal, open }) {
        const { bytes } = findGoal(await open(), id);
        showFile(terminal, bytes);
      },
    },
    history: {
      usage: "looop goal history <id> [--json]",
      completes: ["goal"],
      async run({ words: [id], print, open }) {
        const revisions = await goalHistory(await open(), id);
        await print(revisions, (view) => renderRevisions(revisions, view));
      },
    },
    write: {
      usage: "looop goal write <id> [file|-] [--note TEXT]",
      completes: ["goal", "file"],
      async run({ words: [id, from], options, say, terminal, signal, open }) {
        checkId("goal", id);
        const path = `goals/${id}.md`;
        const profile = await openToWrite(open, `write ${path}`);
        const before = currentBytes(profile, path);
        const source = { kind: "goal", path, from, starter, note: options.get("note") } as const;
        const text = await writeBody(profile, source, { terminal, signal });
        if (text !== null) say(describeMark(id, before, text));
      },
    },
    archive: {
      usage: "looop goal archive <id> [--note TEXT]",
      completes: ["goal"],
      async run({ words: [id], options, say, signal, open }) {
        const profile = await openToWrite(open, `archive goal ${id}`);
        const how = { note: options.get("note"), signal };
        say(`archived ${await archiveGoalFile(profile, id, how)}\n`);
      },
    },
  },
);
