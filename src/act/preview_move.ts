import { join } from "@std/path";
import { readTextIfThere } from "../host/read_text.ts";
import type { Move } from "../model/move.ts";
import type { Profile } from "../profile/profile.ts";

/** Shows what a move would do, for a person to say yes or no to: the command, the script, or the diff. */
export async function previewMove(profile: Profile, move: Move): Promise<string> {
  switch (move.action) {
    case "run":
      return `$ ${move.command}`;
    case "write_playbook":
      return await diffOf(profile, "PLAYBOOK.md", move.body);
    case "write_goal":
      return await diffOf(profile, `goals/${move.id}.md`, move.body);
    case "write_sensor":
      return await diffOf(profile, `sensors/${move.name}`, move.script);
    case "remove_sensor":
      return `remove sensors/${move.name}`;
    case "archive_goal":
      return `move goals/${move.id}.md to goals/archive/`;
    case "start_worker":
      return [
        `start worker ${move.id}${move.runner ? ` with ${move.runner}` : ""}`,
        ...(move.verify ? [`verified by: $ ${move.verify}`] : []),
        "",
        move.prompt,
      ].join("\n");
    case "stop_worker":
      return `stop worker ${move.id}: ${move.reason}`;
    case "ask":
      return move.question;
    case "noop":
      return move.reason;
  }
}

/** A new file is shown whole. */
async function diffOf({ paths }: Profile, path: string, content: string): Promise<string> {
  const before = await readTextIfThere(join(paths.dataDir, path));
  if (before === null) return `new file ${path}\n\n${content}`;
  const { createTwoFilesPatch } = await import("diff");
  return createTwoFilesPatch(path, path, before, content, "now", "after your yes", { context: 3 });
}
