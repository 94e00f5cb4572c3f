import type { Move } from "../model/move.ts";
import { sha256Hex } from "../model/sha256.ts";
import type { World } from "../model/world.ts";

/**
 * Tells whether what a move would bring about is there already, so that making it would change nothing: the
 * same text in place, the same question open, the thing to remove gone. Never so for `run` and `noop`.
 */
export async function effectHolds(move: Move, world: World): Promise<boolean> {
  switch (move.action) {
    case "noop":
    case "run":
      return false;
    case "write_goal":
      return world.goals.some(({ id, text }) => id === move.id && text === move.body);
    case "archive_goal":
      return !world.goals.some(({ id }) => id === move.id);
    case "write_sensor": {
      const digest = await sha256Hex(move.script);
      return world.readings.some(({ file, script }) => file === move.name && script === digest);
    }
    case "remove_sensor":
      return !world.readings.some(({ file }) => file === move.name);
    case "write_playbook":
      return world.playbook.text === move.body;
    case "start_worker":
      return world.workers.some(({ id, alive }) => id === move.id && alive);
    case "stop_worker":
      return !world.workers.some(({ id, alive }) => id === move.id && alive);
    case "ask":
      return world.asks.some(({ kind, question, answer }) =>
        kind === "question" && question === move.question && answer === undefined
      );
  }
}
