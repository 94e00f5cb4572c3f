import { join } from "@std/path";
import { previewMove } from "../act/approval.ts";
import { digestOf } from "../act/files.ts";
import { admitMove, currentWorld } from "../admit/admit.ts";
import { checkGoal } from "../decide/rules.ts";
import { APPROVAL_HOURS } from "../inbox/answer.ts";
import { listAsks, newAskId, writeAsk } from "../inbox/asks.ts";
import { lock } from "../os/lock.ts";
import { appendEvent } from "../profile/events.ts";
import { parseGoal } from "../profile/goal_file.ts";
import { profileId } from "../profile/markers.ts";
import type { Profile } from "../profile/profile.ts";
import { newRunId } from "../profile/runs.ts";
import { type Ask, isExpired, isYes } from "../schema/ask.ts";
import { NO_ACCESS } from "../schema/config.ts";
import { UserError } from "../schema/errors.ts";
import { canonicalJson, sha256Hex } from "../schema/json.ts";
import { type Move, moveSchema } from "../schema/move.ts";
import { describeIssues } from "../schema/schema.ts";

/** A change of what steers the loop, put before the person by a worker or by a command. */
export interface Proposal {
  what: "playbook" | "goal" | "sensor";
  /** Id of the goal, or file name of the sensor. */
  name?: string;
  /** The whole new file. */
  body: string;
  /** Id of the worker that proposes it. */
  worker?: string;
}

/**
 * Makes an approval of a change of PLAYBOOK, a goal or a sensor: a yes makes it at the next tick, unless the
 * file was changed meanwhile. It outlives the worker that proposed it.
 *
 * @throws {UserError} where it could never be made, changes nothing, or waits for its yes already.
 */
export async function propose(profile: Profile, proposal: Proposal): Promise<Ask> {
  const { move, path } = moveOf(proposal);
  const refuse = (why: string) => new UserError(`cannot propose ${path}: ${why}`);
  if (profile.mask(proposal.body) !== proposal.body) {
    throw refuse("it holds a secret of the environment: let it name the variable instead");
  }
  const wrong = await check(move);
  if (wrong !== null) throw refuse(wrong);
  const denied = await deniedBy(profile, move);
  if (denied !== null) throw refuse(denied);
  using _ = await lock(profile.paths.asksLock);
  // Before the preview: what is changed between the two is found when the move is made.
  const before = await digestOf(join(profile.paths.dataDir, path));
  if (before === await sha256Hex(proposal.body)) throw refuse("it changes nothing");
  const now = profile.clock.now();
  const open = (await listAsks(profile)).asks.find((ask) =>
    ask.approval && (!ask.answer || isYes(ask.answer)) && !isExpired(ask, now.toISOString()) &&
    same(ask.approval.move, move) && ask.approval.digests[path] === before
  );
  if (open) throw refuse(`${open.id} asks for the same already: looop asks shows it`);
  const by = proposal.worker === undefined ? "proposed" : `proposed by worker ${proposal.worker}`;
  const ask: Ask = {
    id: await newAskId(profile, "p"),
    kind: "approval",
    question: `May I ${move.action}: ${path}? (${by})`,
    asked_at: now.toISOString(),
    run_id: newRunId(now),
    approval: {
      move,
      move_sha256: await sha256Hex(canonicalJson(move)),
      digests: { [path]: before },
      preview: await previewMove(profile, {
        ...{ move, argv: null, tainted: false, access: NO_ACCESS, verify_access: NO_ACCESS },
      }),
      expires_at: new Date(now.getTime() + APPROVAL_HOURS * 3_600_000).toISOString(),
      profile: await profileId(profile),
    },
  };
  await writeAsk(profile, ask);
  await appendEvent(profile, {
    event: "proposal",
    ask: ask.id,
    path,
    worker: proposal.worker ?? null,
  });
  return ask;
}

/** How the journal line of what a worker proposes ends. */
export function proposedBy(worker: string): string {
  return `, as worker ${worker} proposed`;
}

function moveOf({ what, name, body, worker }: Proposal): { move: Move; path: string } {
  const path =
    { playbook: "PLAYBOOK.md", goal: `goals/${name}.md`, sensor: `sensors/${name}` }[what];
  const by = worker === undefined ? "" : proposedBy(worker);
  const journal = `wrote ${path}${by}`;
  const move = {
    playbook: { action: "write_playbook", journal, body },
    goal: { action: "write_goal", journal, id: name, body },
    sensor: { action: "write_sensor", journal, name, script: body },
  }[what];
  const parsed = moveSchema.safeParse(move);
  if (parsed.success) return { move: parsed.data, path };
  throw new UserError(
    `cannot propose a ${what}:\n${describeIssues(moveSchema, move)}`,
  );
}

async function check(move: Move): Promise<string | null> {
  if (move.action === "write_goal") {
    return await checkGoal(parseGoal(move.id, move.body, await sha256Hex(move.body)));
  }
  if (move.action === "write_sensor" && !move.name.endsWith(".ts") && !/^#!/.test(move.script)) {
    return "a sensor that is not .ts begins with a line such as #!/bin/sh";
  }
  return null;
}

/** Nobody is to be asked for what no yes could make. Only rules of the person's own deny. */
async function deniedBy(profile: Profile, move: Move): Promise<string | null> {
  if (profile.config.policy.length === 0) return null;
  const world = await currentWorld(profile);
  const comparison = { changes: [] };
  const { then, rule, why } = await admitMove(profile, move, {
    ...{ world, comparison, tainted: false },
  });
  return then === "deny" ? `policy rule ${rule} denies it: ${why}` : null;
}

/** Two moves that would do the same, whoever proposed them. */
function same(a: Move, b: Move): boolean {
  return canonicalJson({ ...a, journal: "" }) === canonicalJson({ ...b, journal: "" });
}
