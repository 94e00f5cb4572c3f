import { admitMove, currentWorld } from "../../admit/admit.ts";
import { listPolicy } from "../../admit/user_rules.ts";
import { UsageError } from "../../schema/errors.ts";
import { isJsonObject } from "../../schema/json.ts";
import { type Move, moveSchema } from "../../schema/move.ts";
import { describeIssues } from "../../schema/schema.ts";
import { type Command, inOrder, OK } from "../command.ts";
import { renderAdmission, renderPolicy } from "../output/policy.ts";
import { safeJson } from "../output/text.ts";
import { viewOf } from "../output/view.ts";

/** The most bytes of a move on stdin. */
const MAX_MOVE = 1_000_000;

/** `looop policy`: what admits moves, and what it says of one. */
export const policyCommand: Command = {
  usage: "looop policy [--json] | looop policy test <move|-> [--tainted] [--json]",
  switches: ["json", "tainted"],
  completes: inOrder(["test"]),
  words: { least: 0, most: 2 },
  async run({ words: [verb, text], switches, terminal, signal, open }) {
    const json = switches.has("json");
    const tainted = switches.has("tainted");
    if (verb === undefined) {
      if (tainted) throw usage("--tainted is for looop policy test");
      const profile = await open();
      const rules = listPolicy(profile.config.policy);
      const view = await viewOf(terminal);
      terminal.out(json ? `${safeJson(rules)}\n` : renderPolicy(rules, profile.configPath, view));
      return OK;
    }
    if (verb !== "test") throw usage(`cannot ${verb} a policy`);
    if (text === undefined) throw usage("the move to test is missing");
    const profile = await open();
    const given = text === "-" ? await terminal.input(MAX_MOVE, signal) : text;
    signal.throwIfAborted();
    const move = parseMove(given);
    const world = await currentWorld(profile);
    const comparison = { changes: [] };
    const admission = await admitMove(profile, move, { world, comparison, tainted });
    terminal.out(
      json
        ? `${safeJson({ move, tainted, ...admission })}\n`
        : renderAdmission(admission, await viewOf(terminal)),
    );
    return OK;
  },
};

function usage(why: string): UsageError {
  return new UsageError(`${why}\nusage: ${policyCommand.usage}`);
}

/** Whoever asks what would become of a move need not say what the journal would. */
function parseMove(text: string): Move {
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch (error) {
    throw usage(
      `the move is not valid JSON: ${(error as Error).message}\n` +
        `a move is such as '{"action": "run", "command": "make test"}'`,
    );
  }
  const data = isJsonObject(given) ? { journal: "tested the policy", ...given } : given;
  const parsed = moveSchema.safeParse(data);
  if (parsed.success) return parsed.data;
  throw usage(
    `not a valid move (looop help moves describes them):\n${describeIssues(moveSchema, data)}`,
  );
}
