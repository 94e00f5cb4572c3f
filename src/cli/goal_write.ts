import starter from "../../seeds/starters/goal.md" with { type: "text" };
import { isId } from "../model/id.ts";
import { UsageError } from "../model/user_error.ts";
import type { Command } from "./command.ts";
import { inOrder } from "./completes.ts";
import { OK } from "./exit_codes.ts";

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
    const { openToWrite } = await import("./open_to_write.ts");
    const profile = await openToWrite(open, `write ${path}`);
    const { tellOfMark, wasMarked } = await import("./untrusted_mark.ts");
    const marked = wasMarked(profile, id);
    const { writeBody } = await import("./write_body.ts");
    const text = await writeBody(profile, { kind: "goal", path, from, starter }, {
      terminal,
      signal,
    });
    if (text !== null) tellOfMark(terminal, { id, marked, text });
    return OK;
  },
};
