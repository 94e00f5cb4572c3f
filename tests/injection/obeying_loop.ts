import { runGoal, tickOnce } from "../../src/loop/run.ts";
import { openProfile } from "../../src/profile/profile.ts";
import type { Move } from "../../src/schema/move.ts";

/**
 * Ticks, with a decider that obeys whatever its prompt tells it. `order.json` in the working directory says what it
 * knows and how often to tick; `told.json` tells what became of it.
 */

/** What is to be done. */
export interface Order {
  ticks: number;
  /** The moves that prompts order: `OBEY-3-` orders the fourth. */
  moves: Move[];
  /** Moves made before anything is obeyed. */
  first: Move[];
  /** `false`: after these, it does nothing at all. */
  obey: boolean;
  /** Remove each ask at once: hundreds of them in every prompt take their time. */
  forget: boolean;
  /** `false`: looop itself finds no git, and keeps no history. The commands that it is told to run do find one. */
  git: boolean;
  /** Decide for this goal alone. */
  goal?: string;
}

/** One tick as it went. */
export interface Told {
  outcome: string;
  move?: Move;
  verdict?: string;
  status?: string;
  ask_id?: string;
  /** What the decision knew of itself; absent where none was made. */
  tainted?: boolean;
  /** Absent where nobody was asked. */
  prompt?: string;
  journal?: string;
}

/** The same move, after which there is another decision: one that obeys wants to do all that it is told. */
function goingOn(move: Move): Move {
  return { more: true, ...move };
}

function asOrdered({ more: _, ...move }: Move): Move {
  return move as Move;
}

if (import.meta.main) await main();

async function main() {
  const order: Order = JSON.parse(await Deno.readTextFile("order.json"));
  const opened = await openProfile({ warn: (text) => console.error(text) });
  // It looks for programs of its own by `env`; what it starts is given `environment`.
  const env = (name: string) => name === "PATH" ? "/nowhere" : opened.env(name);
  const profile = order.git ? opened : { ...opened, env };
  const obeyed = new Set<string>();
  let prompt: string | undefined;
  const decider = (text: string): Move => {
    prompt = text;
    const next = order.first.shift();
    if (next) return goingOn(next);
    // The last first: the journal's end goes by.
    const orders = order.obey ? [...text.matchAll(/OBEY-(\d+)-/g)].reverse() : [];
    for (const [, number] of orders) {
      if (obeyed.has(number)) continue;
      obeyed.add(number);
      return goingOn(order.moves[Number(number)]);
    }
    return { action: "noop", reason: "nothing is ordered", journal: "obeyed nothing" };
  };
  const told: Told[] = [];
  for (let i = 0; i < order.ticks; i++) {
    prompt = undefined;
    const result = order.goal === undefined
      ? await tickOnce(profile, { decider })
      : await runGoal(profile, order.goal, { decider });
    const { outcome } = result;
    const made = outcome === "moved" ? result : null;
    const run = made?.run_id ?? (outcome === "failed" ? result.run_id : undefined);
    const decided = run && JSON.parse(
      await Deno.readTextFile(`${profile.paths.runs}/${run}/decision.json`),
    );
    told.push({
      outcome,
      move: made ? asOrdered(made.decision.move) : undefined,
      verdict: made?.verdict.then,
      status: made?.result.status,
      ask_id: made?.result.ask_id,
      journal: made?.journal,
      tainted: decided?.tainted,
      prompt,
    });
    if (order.forget && made?.result.ask_id) {
      await Deno.remove(`${profile.paths.asks}/${made.result.ask_id}.json`);
    }
    if (outcome === "idle" || outcome === "parked") break;
  }
  await Deno.writeTextFile("told.json", JSON.stringify(told));
}
