import { digestAction } from "../admit/action.ts";
import { APPROVAL_HOURS } from "../inbox/answer.ts";
import { findAsk, writeAsk } from "../inbox/asks.ts";
import { placeId, profileId } from "../profile/markers.ts";
import type { Profile } from "../profile/profile.ts";
import type { AdmittedAction, AdmittedCommand, AdmittedEffect } from "../schema/action.ts";
import type { Ask } from "../schema/ask.ts";
import type { Intent, Outcome } from "../schema/decision.ts";
import { messageOf } from "../schema/errors.ts";
import { canonicalJson, sha256Hex } from "../schema/json.ts";
import { findRepository } from "../workers/repository.ts";
import { writeProblem } from "./files.ts";
import { commandText, previewAction, titleOf } from "./preview.ts";

/** Writes the request for an approval of this exact move; once approved, the next tick applies it, once. */
export async function requestApproval(profile: Profile, intent: Intent): Promise<Outcome> {
  const { move, action, verdict, digests } = intent;
  const why = (action.write && writeProblem(action.write)) ?? notCovered(action) ??
    await repoProblem(profile, action);
  if (why !== null) return { status: "failed", summary: why, paths: [] };
  const title = titleOf(profile, action);
  const id = await writeAskOnce(profile, intent, {
    kind: "approval",
    question: `Approve: ${title}? Reason: ${verdict.why}. The decider says: ${move.journal}`,
    approval: await approvalOf(profile, intent, digests),
  });
  const summary = `needs your approval: ${id}`;
  return { status: "asked", summary, title, paths: [`asks/${id}.json`], ask_id: id };
}

/** What a terminal, an editor or a notification shows in another way than bash reads it. */
// deno-lint-ignore no-control-regex -- that is what it looks for
const NOT_SHOWN = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]/u;

/** Returns why an approval cannot cover what the user would see of an action; `null` if it can. */
function notCovered(action: AdmittedAction): string | null {
  for (const command of [action.command, action.verify]) {
    const code = command && NOT_SHOWN.exec(commandText(command))?.[0].codePointAt(0);
    if (code === undefined || code === null) continue;
    const name = code.toString(16).toUpperCase().padStart(4, "0");
    return `an approval cannot show the character U+${name}; write the command without it`;
  }
  const [path] = Object.entries(filesOf(action)).find(([_, digest]) => digest === "") ?? [];
  if (path === undefined) return null;
  return `an approval cannot cover ${path}: it is no file, or too much to read; name single files`;
}

/** Returns why a worker could not get the worktree of an action; `null` if it could. */
async function repoProblem(profile: Profile, { worker }: AdmittedAction): Promise<string | null> {
  if (!worker || worker.repo === null) return null;
  return await findRepository(profile, worker.repo).then(() => null, messageOf);
}

/** A move, what it would do, and how that is shown, where that is known already. */
export type Previewed = Pick<Intent, "move" | "action" | "preview">;

/** Makes the request to approve exactly this move, in this profile, on files with these digests. */
export async function approvalOf(
  profile: Profile,
  previewed: Previewed,
  digests: Intent["digests"],
  now = profile.clock.now(),
): Promise<Ask["approval"]> {
  const { move, action } = previewed;
  const files = filesOf(action);
  const expires = new Date(now.getTime() + APPROVAL_HOURS * 3_600_000);
  return {
    ...{ move, digests, move_sha256: await sha256Hex(canonicalJson(move)) },
    action_sha256: await digestAction(profile, action),
    ...(Object.keys(files).length > 0 ? { files } : {}),
    preview: previewed.preview ?? await previewAction(profile, action),
    expires_at: expires.toISOString(),
    profile: await profileId(profile),
    place: await placeId(profile),
  };
}

/** The digests of the files that the commands of an action name. */
function filesOf({ command, verify }: AdmittedAction): AdmittedCommand["files"] {
  return { ...verify?.files, ...command?.files };
}

/** Asks the user a question. */
export async function askUser(
  profile: Profile,
  intent: Intent,
  { question, options, ref }: AdmittedEffect & { kind: "ask" },
): Promise<Outcome> {
  const id = await writeAskOnce(profile, intent, { kind: "question", question, options, ref });
  return { status: "made", summary: `asked ${id}`, paths: [`asks/${id}.json`], ask_id: id };
}

/** The id of the ask that a run writes: short enough to type. */
export async function askIdOf(runId: string): Promise<string> {
  return (await sha256Hex(`ask ${runId}`)).slice(0, 6);
}

/** Writes the ask of a run, unless it is there: a move that is repeated after a crash finds its ask. */
async function writeAskOnce(
  profile: Profile,
  { run_id, tainted, rule }: Intent,
  ask: Omit<Ask, "id" | "asked_at" | "run_id" | "tainted" | "rule">,
): Promise<string> {
  const id = await askIdOf(run_id);
  if (!await findAsk(profile, id)) {
    const asked_at = profile.clock.now().toISOString();
    const origin = { ...(tainted ? { tainted } : {}), rule };
    await writeAsk(profile, { id, ...ask, asked_at, run_id, ...origin });
  }
  return id;
}
