import { admitMove, currentWorld } from "../../admit/admit.ts";
import { listPolicy } from "../../admit/user_rules.ts";
import { UsageError } from "../../schema/errors.ts";
import { isJsonObject } from "../../schema/json.ts";
import { type Move, moveSchema } from "../../schema/move.ts";
import { describeIssues } from "../../schema/schema.ts";
import { didYouMean } from "../args.ts";
import type { Command } from "../command.ts";
import { renderAdmission, renderPolicy } from "../output/policy.ts";

const MAX_MOVE = 1_000_000;

/** `looop policy`: lists the rules that admit moves, or tests them on one move. */
export const policyCommand: Command = {
  usage: "looop policy [--json] | looop policy test <move|-> [--tainted] [--json]",
  words: "[test] [move]",
  completes: [["test"]],
  async run({ words: [verb, text], switches, print, input, open }) {
    const tainted = switches.has("tainted");
    if (verb === undefined) {
      if (tainted) throw new UsageError("--tainted requires looop policy test");
      const { config, configPath } = await open();
      const rules = listPolicy(config.policy);
      return await print(rules, (view) => renderPolicy(rules, configPath, view));
    }
    if (verb !== "test") {
      throw new UsageError(`unknown subcommand ${verb}${didYouMean(verb, ["test"])}`);
    }
    if (text === undefined) throw new UsageError("missing argument <move|->");
    const profile = await open();
    const move = parseMove(await input(text, MAX_MOVE));
    const world = await currentWorld(profile);
    const admission = await admitMove(profile, move, {
      ...{ world, comparison: { changes: [] }, tainted },
    });
    await print({ move, tainted, ...admission }, (view) => renderAdmission(admission, view));
  },
};

/** A tested move may omit its journal line. */
function parseMove(text: string): Move {
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch (error) {
    throw new UsageError(
      `the move is not valid JSON: ${(error as Error).message}\n` +
        `example: '{"action": "run", "command": "make test"}'`,
    );
  }
  const data = isJsonObject(given) ? { journal: "tested the policy", ...given } : given;
  const parsed = moveSchema.safeParse(data);
  if (parsed.success) return parsed.data;
  throw new UsageError(
    `not a valid move (looop help moves describes them):\n${describeIssues(moveSchema, data)}`,
  );
}
