import { join } from "@std/path";
import { APPROVAL_HOURS } from "../inbox/answer.ts";
import { findAsk, writeAsk } from "../inbox/asks.ts";
import { patchOf } from "../diff/patch.ts";
import { readTextIfPresent } from "../os/read.ts";
import { profileId, sharedPlace } from "../profile/markers.ts";
import type { Profile } from "../profile/profile.ts";
import type { Ask } from "../schema/ask.ts";
import { type Access, withRunner } from "../schema/config.ts";
import type { Outcome } from "../schema/decision.ts";
import type { Intent } from "../schema/intent.ts";
import { canonicalJson, sha256Hex } from "../schema/json.ts";
import type { Move } from "../schema/move.ts";
import { headerWords } from "../sense/header.ts";
import { markUntrusted } from "./files.ts";

/** Writes the request for an approval of this exact move; once approved, the next tick applies it, once. */
export async function requestApproval(profile: Profile, intent: Intent): Promise<Outcome> {
  const { move, verdict, digests } = intent;
  const id = await writeAskOnce(profile, intent, {
    kind: "approval",
    question: `Approve ${move.action}: ${move.journal}? Reason: ${verdict.why}`,
    approval: await approvalOf(profile, intent, digests),
  });
  const summary = `needs your approval: ${id}`;
  return { status: "asked", summary, paths: [`asks/${id}.json`], ask_id: id };
}

/** Makes the request to approve exactly this move, in this profile, on files with these digests. */
export async function approvalOf(
  profile: Profile,
  previewed: Previewed,
  digests: Intent["digests"],
  now = profile.clock.now(),
): Promise<Ask["approval"]> {
  const { move } = previewed;
  const place = sharedPlace(profile);
  const expires = new Date(now.getTime() + APPROVAL_HOURS * 3_600_000);
  return {
    ...{ move, digests, move_sha256: await sha256Hex(canonicalJson(move)) },
    preview: previewed.preview ?? await previewMove(profile, previewed),
    expires_at: expires.toISOString(),
    profile: await profileId(profile),
    ...(place === null ? {} : { place }),
  };
}

/** Asks the user a question. */
export async function askUser(
  profile: Profile,
  intent: Intent,
  { question, options, ref }: Move & { action: "ask" },
): Promise<Outcome> {
  const id = await writeAskOnce(profile, intent, { kind: "question", question, options, ref });
  return { status: "made", summary: `asked ${id}`, paths: [`asks/${id}.json`], ask_id: id };
}

/**
 * Writes the ask of a run, unless it is there. Its id, short enough to type, is the same for the same run: a move that is
 * repeated after a crash finds its ask.
 */
async function writeAskOnce(
  profile: Profile,
  { run_id, tainted, rule }: Intent,
  ask: Omit<Ask, "id" | "asked_at" | "run_id" | "tainted" | "rule">,
): Promise<string> {
  const id = (await sha256Hex(`ask ${run_id}`)).slice(0, 6);
  if (!await findAsk(profile, id)) {
    const asked_at = profile.clock.now().toISOString();
    const origin = { ...(tainted ? { tainted } : {}), rule };
    await writeAsk(profile, { id, ...ask, asked_at, run_id, ...origin });
  }
  return id;
}

/**
 * Describes what a command or worker may do beyond reading, in at most one line.
 *
 * @param always what it may write to in any case
 */
function describeAccess(
  { config }: Pick<Profile, "config">,
  { network, read, write, env }: Access,
  always = "",
): string[] {
  const variables = env.length > 0 ? `with the variables ${env.join(", ")}` : "";
  if (config.sandbox === "none") return variables === "" ? [] : [variables];
  const places = [always, ...write].filter(Boolean).join(", ") || "nothing";
  const secrets = read.length > 0 ? `reads ${read.join(", ")}` : "";
  const may = [`${network ? "with" : "without"} network`, secrets, `writes ${places}`, variables];
  return [`in a sandbox: ${may.filter(Boolean).join(", ")}`];
}

/** A move, and how it would be applied. */
export type Previewed =
  & Pick<Intent, "move" | "argv" | "tainted" | "access" | "verify_access">
  & Partial<Pick<Intent, "preview">>;

/**
 * Shows what a move would do, for the user to approve or reject: the command and its access, the script, or the diff.
 * looop's own lines come before the move's text, which could imitate them.
 */
export async function previewMove(
  profile: Profile,
  { move, argv, tainted, access, verify_access }: Previewed,
): Promise<string> {
  switch (move.action) {
    case "run": {
      const how = argv ? "started without a shell" : "read by bash";
      const where = `in ${profile.paths.dataDir}, ${how}`;
      return [commandLines(move.command), where, ...describeAccess(profile, access)].join("\n");
    }
    case "write_playbook":
      return await diffOf(profile, "PLAYBOOK.md", move.body);
    case "write_goal": {
      const body = tainted ? markUntrusted(move.body) : move.body;
      return await diffOf(profile, `goals/${move.id}.md`, body);
    }
    case "write_sensor":
      return [
        ...sensorLines(profile, move),
        await diffOf(profile, `sensors/${move.name}`, move.script),
      ].join("\n");
    case "remove_sensor":
      return `remove sensors/${move.name}`;
    case "archive_goal":
      return `move goals/${move.id}.md to goals/archive/`;
    case "start_worker":
      return [...workerLines(profile, move, access, verify_access), "", move.prompt].join("\n");
    case "stop_worker":
      return `stop worker ${move.id}: ${move.reason}`;
    case "ask":
      return move.question;
    case "noop":
      return move.reason;
  }
}

/** Marks each line of a command, so that none can imitate one of looop's. */
function commandLines(command: string): string {
  return `$ ${command.replaceAll(/\r\n?|\n/g, "\n> ")}`;
}

function workerLines(
  profile: Profile,
  { id, runner, verify }: Move & { action: "start_worker" },
  access: Access,
  verifyAccess: Access,
): string[] {
  const { runners, worker_runner } = profile.config;
  const name = runner ?? worker_runner;
  const own = Object.hasOwn(runners, name) ? runners[name] : undefined;
  const lines = [
    `start worker ${id} with ${JSON.stringify(name)}`,
    ...describeAccess(profile, withRunner(access, own), "its own directories"),
  ];
  if (own?.worker !== undefined) lines.push("its command:", commandLines(own.worker));
  if (verify === undefined) return lines;
  return [...lines, "verified by:", commandLines(verify), ...describeAccess(profile, verifyAccess)];
}

function sensorLines(
  { config }: Profile,
  { name, script }: Move & { action: "write_sensor" },
): string[] {
  const sandboxed = config.sandbox === "none"
    ? "runs with your permissions, and the variables that its header names"
    : "runs in a sandbox that only reads, with the access that its header names";
  return [
    name.endsWith(".ts") ? "runs in Deno with the permissions that its header names" : sandboxed,
    `its header: ${headerWords(script).join(" ") || "none"}`,
  ];
}

/** The maximum length of a difference in characters: twice that of the text that a move may write. */
const MAX_DIFF = 131_072;

/** Shows a new file in full, and one whose difference is too long. */
async function diffOf({ paths }: Profile, path: string, after: string): Promise<string> {
  const before = await readTextIfPresent(join(paths.dataDir, path));
  if (before === null) return `new file ${path}\n\n${after}`;
  const states = { was: "now", is: "after approval" };
  const patch = await patchOf({ from: path, to: path, before, after, ...states });
  if (patch.length <= MAX_DIFF) return patch;
  const count = `${before.length} characters`;
  return `replaces the whole file ${path}, which has ${count} now, by this\n\n${after}`;
}
