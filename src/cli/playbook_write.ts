import starter from "../../seeds/PLAYBOOK.md" with { type: "text" };
import type { Command } from "./command.ts";
import { inOrder } from "./completes.ts";
import { OK } from "./exit_codes.ts";

/** `looop playbook write`: PLAYBOOK.md from stdin, a file or the editor. */
export const playbookWrite: Command = {
  usage: "looop playbook write [file|-]",
  switches: [],
  completes: inOrder("file"),
  words: { least: 0, most: 1 },
  async run({ words: [from], terminal, signal, open }) {
    const path = "PLAYBOOK.md";
    const { openToWrite } = await import("./open_to_write.ts");
    const profile = await openToWrite(open, `write ${path}`);
    const { writeBody } = await import("./write_body.ts");
    await writeBody(profile, { kind: "playbook", path, from, starter }, { terminal, signal });
    return OK;
  },
};
