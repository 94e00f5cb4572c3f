import type { Move } from "./model/move.ts";
import type { World } from "./model/world.ts";

/**
 * The digests of the files that a move replaces or removes, as the decider saw them: a path relative to the
 * data directory → SHA-256, or `null` where it saw none.
 */
export function targetDigests(move: Move, world: World): Record<string, string | null> {
  const goal = (id: string) => world.goals.find((goal) => goal.id === id)?.digest ?? null;
  const sensor = (file: string) =>
    world.readings.find((reading) => reading.file === file)?.script ?? null;
  switch (move.action) {
    case "write_goal":
    case "archive_goal":
      return { [`goals/${move.id}.md`]: goal(move.id) };
    case "write_sensor":
    case "remove_sensor":
      return { [`sensors/${move.name}`]: sensor(move.name) };
    case "write_playbook":
      return { "PLAYBOOK.md": world.playbook.digest };
    default:
      return {};
  }
}
