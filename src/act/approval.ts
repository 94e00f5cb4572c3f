import { join } from "@std/path";
import { APPROVAL_HOURS } from "../inbox/answer.ts";
import { findAsk, writeAsk } from "../inbox/asks.ts";
import { readTextIfPresent } from "../os/read.ts";
import { profileId } from "../profile/markers.ts";
import type { Profile } from "../profile/profile.ts";
import type { Access } from "../schema/config.ts";
import type { Outcome } from "../schema/decision.ts";
import type { Intent } from "../schema/intent.ts";
import { canonicalJson, sha256Hex } from "../schema/json.ts";
import type { Move } from "../schema/move.ts";
import { markUntrusted } from "./files.ts";

/** Writes an approval: a yes to it makes this very move, once, at the next tick. */
export async function requestApproval(profile: Profile, intent: Intent): Promise<Outcome> {
  const { run_id, move, verdict, digests, tainted } = intent;
  const id = await askIdOf(run_id);
  if (!await findAsk(profile, id)) {
    const now = profile.clock.now();
    const expires = new Date(now.getTime() + APPROVAL_HOURS * 3_600_000);
    await writeAsk(profile, {
      id,
      kind: "approval",
      question: `May I ${move.action}: ${move.journal}? (${verdict.why})`,
      asked_at: now.toISOString(),
      run_id,
      ...(tainted ? { tainted } : {}),
      approval: {
        move,
        move_sha256: await sha256Hex(canonicalJson(move)),
        digests,
        preview: await previewMove(profile, intent),
        expires_at: expires.toISOString(),
        profile: await profileId(profile),
      },
      tainted: intent.tainted,
    });
  }
  return {
    status: "asked",
    summary: `waits for your yes: ${id}`,
    paths: [`asks/${id}.json`],
    ask_id: id,
  };
}

/** Puts a question to the loop's human. */
export async function askHuman(
  profile: Profile,
  { run_id, tainted }: Intent,
  { question, options, ref }: Move & { action: "ask" },
): Promise<Outcome> {
  const id = await askIdOf(run_id);
  if (!await findAsk(profile, id)) {
    const asked_at = profile.clock.now().toISOString();
    await writeAsk(profile, {
      id,
      kind: "question",
      question,
      options,
      ref,
      asked_at,
      run_id,
      ...(tainted ? { tainted } : {}),
    });
  }
  return { status: "made", summary: `asked ${id}`, paths: [`asks/${id}.json`], ask_id: id };
}

/**
 * The id of the ask that a run makes, short enough to type: the same for the same run, so that a move
 * repeated after a crash finds its own ask instead of making a second.
 */
export async function askIdOf(runId: string): Promise<string> {
  return (await sha256Hex(`ask ${runId}`)).slice(0, 6);
}

/**
 * Says for a person what a command or worker may do beyond reading, in no line or one.
 *
 * @param always what it may write to in any case
 */
export function describeAccess(
  { config }: Pick<Profile, "config">,
  { network, write, env }: Access,
  always = "",
): string[] {
  const variables = env.length > 0 ? `with the variables ${env.join(", ")}` : "";
  if (config.sandbox === "none") return variables === "" ? [] : [variables];
  const places = [always, ...write].filter(Boolean).join(", ") || "nothing";
  const may = [`${network ? "with" : "without"} network`, `writes ${places}`, variables];
  return [`in a sandbox: ${may.filter(Boolean).join(", ")}`];
}

/** A move, and how it would be made. */
export type Previewed = Pick<Intent, "move" | "argv" | "tainted" | "access" | "verify_access">;

const HEADER_LINES = 20;
const HEADER = /^\s*(?:#|\/\/)\s*looop:(.*)$/;

/**
 * Shows what a move would do, for a person to say yes or no to: the command and what it may do, the script, or
 * the difference. What the move's own text could be mistaken for comes before it.
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
    case "write_goal":
      return await diffOf(
        profile,
        `goals/${move.id}.md`,
        tainted ? markUntrusted(move.body) : move.body,
      );
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

/** No line of a command can pass for one of looop's own. */
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
  const network = access.network || (own?.network ?? false);
  const lines = [
    `start worker ${id} with ${JSON.stringify(name)}`,
    ...describeAccess(profile, { ...access, network }, "its own directories"),
  ];
  if (own?.worker !== undefined) lines.push("its command:", commandLines(own.worker));
  if (verify === undefined) return lines;
  return [
    ...lines,
    "verified by:",
    commandLines(verify),
    ...describeAccess(profile, verifyAccess),
  ];
}

function sensorLines(
  { config }: Profile,
  { name, script }: Move & { action: "write_sensor" },
): string[] {
  const header = script.split("\n", HEADER_LINES)
    .map((line) => HEADER.exec(line.trimEnd())?.[1].trim())
    .filter(Boolean).join(" ");
  const sandboxed = config.sandbox === "none"
    ? "a program that may do what you may, with the variables that its header names"
    : "a program in a sandbox, which may do beyond reading what its header names";
  return [
    name.endsWith(".ts") ? "a program in a Deno that allows it what its header names" : sandboxed,
    `its header: ${header || "none"}`,
  ];
}

/** A new file is shown whole. */
async function diffOf({ paths }: Profile, path: string, content: string): Promise<string> {
  const before = await readTextIfPresent(join(paths.dataDir, path));
  if (before === null) return `new file ${path}\n\n${content}`;
  const { createTwoFilesPatch } = await import("diff");
  return createTwoFilesPatch(path, path, before, content, "now", "after your yes", { context: 3 });
}
