import { join } from "@std/path";
import { digestAction } from "../admit/action.ts";
import { patchOf } from "../diff/describe.ts";
import { APPROVAL_HOURS } from "../inbox/answer.ts";
import { findAsk, writeAsk } from "../inbox/asks.ts";
import { readTextIfPresent } from "../os/read.ts";
import { placeId, profileId } from "../profile/markers.ts";
import type { Profile } from "../profile/profile.ts";
import {
  type AdmittedAction,
  type AdmittedCommand,
  type AdmittedEffect,
  type AdmittedWorker,
  ANY_CONTENT,
} from "../schema/action.ts";
import type { Ask } from "../schema/ask.ts";
import type { Access } from "../schema/config.ts";
import type { Intent, Outcome } from "../schema/decision.ts";
import { messageOf } from "../schema/errors.ts";
import { canonicalJson, sha256Hex } from "../schema/json.ts";
import { cut, quoteWords, UNSEEN } from "../schema/text.ts";
import { findRepository } from "../workers/repository.ts";
import { writeProblem } from "./files.ts";

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
    event: eventOf(intent),
  });
  const summary = `needs your approval: ${id}`;
  return { status: "asked", summary, title, paths: [`asks/${id}.json`], ask_id: id };
}

/** The slots of schedules that it was made for, by their own move or by a rule that reads them. */
function eventOf({ by, rule, source, slots }: Intent): Ask["event"] {
  const isOfSlots = (by === "schedule" || by === "rule") && rule === undefined && slots.length > 0;
  if (!isOfSlots) return undefined;
  return { source, slots: Object.fromEntries(slots.map(({ name, slot }) => [name, slot])) };
}

/** What a terminal, an editor or a notification shows as a space, besides a tab, and bash reads as a letter. */
const BLANK = /(?! )[\p{Zs}\u2800]/u;

/** Returns why an approval cannot cover what the user would see of an action; `null` if it can. */
function notCovered(action: AdmittedAction): string | null {
  for (const command of [action.command, action.verify]) {
    const text = command ? commandText(command).replaceAll("\t", "") : "";
    const code = (text.match(UNSEEN) ?? text.match(BLANK))?.[0].codePointAt(0);
    if (code === undefined) continue;
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

/** The first characters of a command in a title. */
const MAX_TITLE = 120;

/** Names what an action would do, in one line. */
export function titleOf({ mask }: Pick<Profile, "mask">, action: AdmittedAction): string {
  const { command, worker, write, effect } = action;
  // Masked whole: of a secret that is cut, the mask knows no part.
  if (command) return `run ${cut(mask(commandText(command)).replaceAll(/\s+/g, " "), MAX_TITLE)}`;
  if (worker) return `start worker ${worker.id} with ${worker.runner}`;
  if (write) return `${write.content === null ? "remove" : "write"} ${write.path}`;
  if (!effect) return "nothing";
  return "id" in effect ? `${effect.kind} ${effect.id}` : effect.kind;
}

/**
 * Shows what an action would do, for the user to approve or reject: the command with its files and access, the script, or
 * the diff. looop's own lines come before the move's text, which could imitate them.
 */
export async function previewAction(profile: Profile, action: AdmittedAction): Promise<string> {
  const { command, worker, write, effect } = action;
  if (command) return commandLines(action, command).join("\n");
  if (worker) return [...workerLines(action, worker), "", worker.prompt].join("\n");
  if (write) {
    const { path, content } = write;
    if (content === null) return `remove ${path}`;
    const lines = path.startsWith("sensors/") ? sensorLines(action, path) : [];
    return [...lines, await diffOf(profile, path, content)].join("\n");
  }
  switch (effect?.kind) {
    case "archive_goal":
      return `move goals/${effect.id}.md to goals/archive/`;
    case "stop_worker":
      return `stop worker ${effect.id}: ${effect.reason}`;
    case "tell_worker":
      return [`tell worker ${effect.id}:`, "", effect.text].join("\n");
    case "ask":
      return askLines(effect).join("\n");
    case "noop":
      return effect.reason;
    default:
      return "nothing";
  }
}

/** A command as a shell would read it: words that mean the same ones, or the text that bash reads. */
export function commandText({ argv, simple }: AdmittedCommand): string {
  return simple ? quoteWords(...argv) : argv[2];
}

function askLines({ question, options = [], ref }: AdmittedEffect & { kind: "ask" }): string[] {
  const about = ref === undefined ? [] : [`about ${ref}`];
  return [...about, question, ...options.map((option) => `- ${option}`)];
}

/** Shows a command as it will be started. */
function commandLines(
  { sandbox }: Pick<AdmittedAction, "sandbox">,
  command: AdmittedCommand,
): string[] {
  const { simple, cwd, access, files } = command;
  return [
    textLines(commandText(command)),
    `in ${cwd}, ${simple ? "started without a shell" : "read by bash"}`,
    ...Object.entries(files).map(([path, digest]) => `${fileState(path, digest)}: ${path}`),
    ...describeAccess(sandbox, access),
  ];
}

function fileState(path: string, digest: string | null): string {
  if (digest === null) return "not there";
  if (digest === "") return "cannot be checked";
  if (digest === ANY_CONTENT) return "may be changed before this runs";
  return `sha256 ${digest}${path.endsWith("/") ? " of all files in" : ""}`;
}

/** Marks each line of a text, so that none can imitate one of looop's. */
function textLines(text: string): string {
  return `$ ${text.replaceAll("\n", "\n> ")}`;
}

/**
 * Describes what a command or worker may do beyond reading, in at most one line.
 *
 * @param always what it may write to in any case
 */
function describeAccess(
  sandbox: AdmittedAction["sandbox"],
  { network, read, write, env }: Access,
  always = "",
): string[] {
  const variables = env.length > 0 ? `with the variables ${env.join(", ")}` : "";
  if (sandbox === "none") return variables === "" ? [] : [variables];
  const places = [always, ...write].filter(Boolean).join(", ") || "nothing";
  const secrets = read.length > 0 ? `reads ${read.join(", ")}` : "";
  const may = [`${network ? "with" : "without"} network`, secrets, `writes ${places}`, variables];
  return [`in a sandbox: ${may.filter(Boolean).join(", ")}`];
}

function workerLines(
  action: AdmittedAction,
  { id, runner, model, access, command, repo }: AdmittedWorker,
): string[] {
  const { verify, sandbox } = action;
  const lines = [
    `start worker ${id} with ${JSON.stringify(runner)}${model === null ? "" : `, model ${model}`}`,
    ...(repo === null ? [] : [`in a worktree of ${repo}, on a new branch looop/${id}`]),
    ...describeAccess(sandbox, access, "its own directories"),
  ];
  if (command !== null) lines.push("its command:", textLines(command));
  return verify === null ? lines : [...lines, "verified by:", ...commandLines(action, verify)];
}

function sensorLines({ sandbox, header }: AdmittedAction, path: string): string[] {
  const how = sandbox === "none"
    ? "runs with your permissions, and the variables that its header names"
    : "runs in a sandbox that only reads, with the access that its header names";
  const words = typeof header === "string"
    ? `invalid, so it will not run: ${header}`
    : header?.join(" ") || "none";
  return [
    path.endsWith(".ts") ? "runs in Deno with the permissions that its header names" : how,
    `its header: ${words}`,
  ];
}

/** The maximum length of a difference in characters: twice that of the text that a move may write. */
const MAX_DIFF = 131_072;

/** Shows a new file in full, and one whose difference is too long. */
async function diffOf({ paths }: Profile, path: string, after: string): Promise<string> {
  const before = await readTextIfPresent(join(paths.dataDir, path));
  if (before === null) return `new file ${path}\n\n${after}`;
  const states = { was: "now", is: "after approval", headersOnly: true };
  const patch = await patchOf({ from: path, to: path, before, after, ...states });
  if (patch.length <= MAX_DIFF) return patch;
  const count = `${before.length} characters`;
  return `replaces the whole file ${path}, which has ${count} now, by this\n\n${after}`;
}
