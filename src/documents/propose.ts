import { join } from "@std/path";
import { approvalOf } from "../act/approval.ts";
import { digestOf } from "../act/files.ts";
import { type Admission, admitMove, currentWorld } from "../admit/admit.ts";
import { contentProblem } from "../decide/parse_move.ts";
import { moveNamesUnknown } from "../goals/names.ts";
import { listAsks, newAskId, writeAsk } from "../inbox/asks.ts";
import { lock } from "../os/lock.ts";
import { appendEvent } from "../profile/journal.ts";
import type { Profile } from "../profile/profile.ts";
import { newRunId } from "../profile/runs.ts";
import { type Ask, isExpired, isYes } from "../schema/ask.ts";
import { UserError } from "../schema/errors.ts";
import { sha256Hex } from "../schema/json.ts";
import { isSameMove, type Move, moveSchema } from "../schema/move.ts";
import type { World } from "../schema/world.ts";
import { describeIssues } from "../schema/schema.ts";

/** A change of PLAYBOOK, a goal, a sensor or a schedule that a worker or a command proposes to the user. */
export interface Proposal {
  what: "playbook" | "goal" | "sensor" | "schedule";
  /** Id of the goal, file name of the sensor, or name of the schedule. */
  name?: string;
  /** The whole new file. */
  body: string;
  /** Id of the worker that proposes it. */
  worker?: string;
}

/**
 * Requests approval of a change of PLAYBOOK, a goal, a sensor or a schedule. Once approved, the next tick applies it,
 * unless the file was changed meanwhile. The request outlives the worker that proposed it.
 *
 * @throws {UserError} if the change is invalid, denied, changes nothing, or already waits for approval.
 */
export async function propose(profile: Profile, proposal: Proposal): Promise<Ask> {
  const { move, path } = moveOf(proposal);
  const refuse = (why: string) =>
    new UserError(`cannot propose ${path}: ${why.replaceAll(`${path}: `, "")}`);
  if (profile.mask(proposal.body) !== proposal.body) {
    throw refuse("it contains a secret of the environment; name the variable instead");
  }
  const problem = await contentProblem(move) ?? await moveNamesUnknown(profile, move) ??
    await deniedBy(profile, move);
  if (problem !== null) throw refuse(problem);
  // Before the preview: a change between the two is found when the move is applied.
  const before = await digestOf(join(profile.paths.dataDir, path));
  if (before === await sha256Hex(proposal.body)) throw refuse("it changes nothing");
  const now = profile.clock.now();
  const checkTwin = async () => {
    const open = (await listAsks(profile)).asks.find((ask) =>
      ask.approval && (!ask.answer || isYes(ask.answer)) && !isExpired(ask, now.toISOString()) &&
      isSameMove(ask.approval.move, move) && ask.approval.digests[path] === before
    );
    if (open) throw refuse(`${open.id} already requests the same; see looop asks`);
  };
  // First without the lock: a preview takes time, and is not made again for the same proposal.
  await checkTwin();
  const by = proposal.worker === undefined ? "proposed" : `proposed by worker ${proposal.worker}`;
  const { action } = await admitted(profile, move);
  const approval = await approvalOf(profile, { move, action }, { [path]: before }, now);
  using _ = await lock(profile.paths.asksLock);
  await checkTwin();
  const ask: Ask = {
    id: await newAskId(profile, "p"),
    kind: "approval",
    question: `Change ${path}? (${by})`,
    asked_at: now.toISOString(),
    run_id: newRunId(now),
    ...(proposal.worker === undefined ? {} : { proposer: proposal.worker }),
    approval,
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

/** The end of the journal line of a change that a worker proposes. */
export function proposedBy(worker: string): string {
  return `, as worker ${worker} proposed`;
}

function moveOf({ what, name, body, worker }: Proposal): { move: Move; path: string } {
  const path = {
    playbook: "PLAYBOOK.md",
    goal: `goals/${name}.md`,
    sensor: `sensors/${name}`,
    schedule: `schedules/${name}.yaml`,
  }[what];
  const by = worker === undefined ? "" : proposedBy(worker);
  // The loop has not decided on it: it should see the result.
  const common = { journal: `wrote ${path}${by}`, more: true };
  const move = {
    playbook: { action: "write_playbook", ...common, body },
    goal: { action: "write_goal", ...common, id: name, body },
    sensor: { action: "write_sensor", ...common, name, script: body },
    schedule: { action: "write_schedule", ...common, name, body },
  }[what];
  const parsed = moveSchema.safeParse(move);
  if (parsed.success) return { move: parsed.data, path };
  throw new UserError(`cannot propose a ${what}:\n${describeIssues(moveSchema, move)}`);
}

/** A denied move cannot be approved, so it is not asked for. Only rules of the config deny. */
async function deniedBy(profile: Profile, move: Move): Promise<string | null> {
  if (profile.config.policy.length === 0) return null;
  const { then, rule, why } = await admitted(profile, move);
  return then === "deny" ? `policy rule ${rule} denies it: ${why}` : null;
}

const NO_WORLD: World = {
  ...{ at: "", playbook: { text: "", digest: "" }, goals: [], readings: [] },
  ...{ workers: [], asks: [], claims: [], schedules: [] },
};

async function admitted(profile: Profile, move: Move): Promise<Admission> {
  // Only the rules of the config read it.
  const world = profile.config.policy.length === 0 ? NO_WORLD : await currentWorld(profile);
  return await admitMove(profile, move, { world, comparison: { changes: [] }, tainted: false });
}
