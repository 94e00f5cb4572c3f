import { canonicalJson } from "../model/canonical.ts";
import type { Goal } from "../model/goal.ts";
import { MASKED } from "../model/mask.ts";
import type { Move } from "../model/move.ts";
import { sha256Hex } from "../model/sha256.ts";
import type { World } from "../model/world.ts";
import { parseGoal } from "../profile/parse_goal.ts";
import { checkGoal } from "./check_goal.ts";

/**
 * Makes the check of a well-formed move against this world: what could never be made is refused while the
 * model can still be asked again. It says what is wrong in one line, or `null`.
 *
 * @param only the goal that the decision was forced for, which may be an archived one
 */
export function checkMoveHere(world: World, only?: Goal): (move: Move) => Promise<string | null> {
  return async (move) => {
    const named = move.goal === undefined || move.goal === only?.id ||
      world.goals.some(({ id }) => id === move.goal);
    if (!named) {
      const ids = world.goals.map(({ id }) => id).join(", ");
      return `goal: there is no goal ${move.goal}; there are: ${ids || "none"}`;
    }
    if (
      world.asks.some(({ approval, answer }) => approval && !answer && same(approval.move, move))
    ) {
      return "that move waits for the person's yes already";
    }
    const mark = MASKED.exec(contentOf(move))?.[0];
    if (mark !== undefined) {
      return `it holds ${mark}, which hides a secret: leave that file to the person`;
    }
    switch (move.action) {
      case "write_goal":
        return await checkGoal(parseGoal(move.id, move.body, await sha256Hex(move.body)));
      case "archive_goal":
        return world.goals.some(({ id }) => id === move.id)
          ? null
          : `there is no goal ${move.id} to archive`;
      case "remove_sensor":
        return world.readings.some(({ file }) => file === move.name)
          ? null
          : `there is no sensor ${move.name}; there are: ${sensorFiles(world)}`;
      case "write_sensor":
        return /\.ts$/.test(move.name) || move.script.startsWith("#!")
          ? null
          : `script: a sensor that is not .ts begins with a line such as #!/bin/sh`;
      case "start_worker":
        return world.workers.some(({ id, alive }) => id === move.id && alive)
          ? `worker ${move.id} lives already`
          : null;
      case "stop_worker":
        return world.workers.some(({ id, alive }) => id === move.id && alive)
          ? null
          : `there is no living worker ${move.id}; there are: ${livingWorkers(world)}`;
      case "ask":
        return world.asks.some(({ question, answer }) => question === move.question && !answer)
          ? "that question is open already: wait for its answer"
          : null;
      default:
        return null;
    }
  };
}

/** What a move writes into a file. */
function contentOf(move: Move): string {
  if (move.action === "write_sensor") return move.script;
  return move.action === "write_goal" || move.action === "write_playbook" ? move.body : "";
}

/** Two moves that would do the same, however they are told. */
function same(a: Move, b: Move): boolean {
  return canonicalJson({ ...a, journal: "" }) === canonicalJson({ ...b, journal: "" });
}

function livingWorkers(world: World): string {
  return world.workers.filter(({ alive }) => alive).map(({ id }) => id).join(", ") || "none";
}

function sensorFiles(world: World): string {
  return world.readings.map(({ file }) => file).filter(Boolean).join(", ") || "none";
}
