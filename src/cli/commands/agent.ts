import { type Proposal, propose } from "../../documents/propose.ts";
import { callingWorker, refuseInsideWorker } from "../../inbox/caller.ts";
import { MAX_QUESTION } from "../../inbox/flags.ts";
import { awaitAnswer } from "../../inbox/wait.ts";
import { inboxOf, receiveTold, send } from "../../mailbox/client.ts";
import { readTextIfPresent } from "../../os/read.ts";
import { kindAt } from "../../os/stat.ts";
import { Notices } from "../../os/watch.ts";
import type { Profile } from "../../profile/profile.ts";
import { UsageError, UserError } from "../../schema/errors.ts";
import { claim, unclaim } from "../../workers/claims.ts";
import { workerFiles } from "../../workers/files.ts";
import { parseDuration } from "../args.ts";
import type { Command, Completes } from "../command.ts";
import { safeText } from "../output/text.ts";
import { recordOf, workerNamed } from "../worker_ref.ts";

/** Printed by a command in a sandbox whose message the loop has not received yet. */
export const NOT_RECEIVED = "queued: no pulse is running; the next tick receives it\n";

/** `looop ask`: a worker asks the user, and waits for the answer. */
export const askCommand: Command = {
  usage: "looop ask <id> <question|-> [--options a,b] [--ref PATH] [--timeout S]",
  completes: ["worker"],
  async run({ words: [name, word], options, terminal, signal, input, open }) {
    const timeoutMs = parseDuration(options.get("timeout"));
    const profile = await open();
    const question = await input(word, MAX_QUESTION);
    const record = await recordOf(profile, name);
    const { id: worker } = record;
    if (kindAt(workerFiles(profile.paths, worker).exit) !== "nothing") {
      throw new UserError(`cannot ask for ${worker}: it has ended`);
    }
    const asked = await send(profile, record, {
      say: "ask",
      question,
      options: options.get("options")?.split(",").map((option) => option.trim()),
      ref: options.get("ref"),
    }, { timeoutMs, signal });
    signal.throwIfAborted();
    const id = asked?.value;
    if (!id) {
      throw new UserError(
        "queued: no pulse is running. Run the same command again to keep waiting",
      );
    }
    using notices = new Notices([profile.paths.asks]);
    const answer = await awaitAnswer(profile, id, { timeoutMs, signal, notices });
    if (answer.kind === "closed") throw new UserError(answer.why);
    if (answer.kind === "timeout") {
      throw new UserError(`${id} has no answer yet. Run the same command again to keep waiting`);
    }
    const show = (text: string) => {
      // A worker gets exactly what the user typed, unmasked.
      if (terminal.columns() === null) terminal.bytes(new TextEncoder().encode(text));
      else terminal.out(safeText(text));
    };
    show(`${answer.text}\n`);
    // After SIGPIPE the answer did not reach the worker.
    signal.throwIfAborted();
    await send(profile, record, { say: "delivered", ask: id });
    await receiveTold(profile, record, "answer", (told) => show(`\n${told}`), signal);
  },
};

/** `looop claim`: claims a task for a worker. */
export const claimCommand: Command = {
  usage: "looop claim <name> [--session ID]",
  completesOptions: { session: "worker" },
  async run({ words: [name], options, say, open }) {
    const profile = await open();
    const session = await claimHolder(profile, `claim ${name}`, options.get("session"));
    const result = await claim(profile, name, session);
    if (!result.claimed) throw new UserError(result.why);
    say(`claimed ${name} for ${session}\n`);
  },
};

/** `looop unclaim`: releases a claim. */
export const unclaimCommand: Command = {
  usage: "looop unclaim <name> [--session ID]",
  completes: ["claim"],
  completesOptions: { session: "worker" },
  async run({ words: [name], options, say, open }) {
    const profile = await open();
    const session = await claimHolder(profile, `unclaim ${name}`, options.get("session"));
    // Removing a claim takes a lock that a worker in a sandbox cannot write.
    const sent = inboxOf(profile) === null
      ? { value: await unclaim(profile, name, session) }
      : await send(profile, await recordOf(profile, session), { say: "unclaim", claim: name });
    const done = sent?.value ? `released ${name}\n` : `${name} was not claimed\n`;
    say(sent ? done : NOT_RECEIVED);
  },
};

/**
 * Returns the holder of a claim: the calling worker, or the named one.
 *
 * @param what such as `claim issue-123`
 * @throws {UsageError} outside a worker, if none is named.
 * @throws {UserError} if a worker names another one.
 */
async function claimHolder(
  profile: Profile,
  what: string,
  named: string | undefined,
): Promise<string> {
  const own = profile.env("LOOOP_SESSION_ID");
  const session = named === undefined ? own : workerNamed(profile, named);
  if (session === undefined) {
    throw new UsageError(`cannot ${what}: outside a worker, name the worker with --session ID`);
  }
  if (session !== own) await refuseInsideWorker(profile, `${what} for ${session}`);
  return session;
}

/** Characters. */
const MAX_BODY = 1_000_000;

/** `looop propose`: asks the user to approve a change of PLAYBOOK, a goal, a sensor or a schedule. */
export const proposeCommand: Command = {
  usage: "looop propose playbook|goal <id>|sensor <name>|schedule <name> <file|->",
  words: "<playbook|goal|sensor|schedule> <name|file> [file]",
  completes: completesProposal,
  async run({ words, terminal, say, signal, open }) {
    const { what, name, file } = parse(words);
    const profile = await open();
    const body = file === "-"
      ? await terminal.input(MAX_BODY * 4, signal)
      : await readTextIfPresent(file, { pipe: true });
    signal.throwIfAborted();
    if (body === null) throw new UserError(`cannot propose ${file}: the file does not exist`);
    if (body.trim() === "") throw new UserError(`cannot propose ${file}: it is empty`);
    if (body.length > MAX_BODY) {
      throw new UserError(`cannot propose ${file}: it has more than ${MAX_BODY} characters`);
    }
    // Also one that has hidden its environment: its text must not look like looop's.
    const worker = profile.env("LOOOP_SESSION_ID") ?? await callingWorker(profile) ?? undefined;
    const sent = worker === undefined || inboxOf(profile) === null
      ? { value: (await propose(profile, { what, name, body, worker })).id }
      : await send(profile, await recordOf(profile, worker), { say: "propose", what, name, body });
    say(
      sent ? `proposed: looop approve ${sent.value} applies it\n` : NOT_RECEIVED,
    );
  },
};

function completesProposal([what, name]: readonly string[]): Completes | null {
  if (what === undefined) return [...PROPOSED];
  if (what === "playbook" || name !== undefined) return "file";
  return what === "goal" || what === "sensor" || what === "schedule" ? what : null;
}

const PROPOSED = ["playbook", "goal", "sensor", "schedule"] as const;

function parse([word, ...rest]: string[]): Pick<Proposal, "what" | "name"> & { file: string } {
  const what = PROPOSED.find((one) => one === word);
  if (what === undefined) {
    throw new UsageError(`cannot propose ${word}; use playbook, goal, sensor or schedule`);
  }
  const [name, file] = what === "playbook" ? [undefined, ...rest] : rest;
  if (file === undefined) throw new UsageError("missing argument <file|->");
  if (what === "playbook" && rest.length > 1) {
    throw new UsageError(`unexpected argument ${rest[1]}`);
  }
  return { what, name, file };
}

/** `looop flag`: raises the flag of a worker that waits for the user. */
export const flagCommand: Command = {
  usage: "looop flag <id> [note]",
  completes: ["worker"],
  async run({ words: [name, note], say, open }) {
    const profile = await open();
    const record = await recordOf(profile, name);
    const { id } = record;
    if (kindAt(workerFiles(profile.paths, id).exit) !== "nothing") {
      throw new UserError(`cannot flag ${id}: it has ended; looop logs ${id} shows its output`);
    }
    const sent = await send(profile, record, { say: "flag", note });
    say(sent ? `flagged ${id}; looop unflag ${id} lowers the flag\n` : NOT_RECEIVED);
  },
};

/** `looop unflag`: lowers the flag of a worker. */
export const unflagCommand: Command = {
  usage: "looop unflag <id>",
  completes: ["worker"],
  async run({ words: [name], say, open }) {
    const profile = await open();
    const record = await recordOf(profile, name);
    const sent = await send(profile, record, { say: "unflag" });
    const done = sent?.value ? `unflagged ${record.id}\n` : `${record.id} was not flagged\n`;
    say(sent ? done : NOT_RECEIVED);
  },
};
