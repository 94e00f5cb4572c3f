import { type Proposal, propose } from "../../documents/propose.ts";
import { refuseInsideWorker } from "../../inbox/caller.ts";
import { MAX_QUESTION } from "../../inbox/raise.ts";
import { awaitAnswer } from "../../inbox/wait.ts";
import { inboxOf, say } from "../../mailbox/client.ts";
import { readTextIfPresent } from "../../os/read.ts";
import { kindAt } from "../../os/stat.ts";
import { Notices } from "../../os/watch.ts";
import type { Profile } from "../../profile/profile.ts";
import { UsageError, UserError } from "../../schema/errors.ts";
import { claim, unclaim } from "../../workers/claims.ts";
import { workerFiles } from "../../workers/files.ts";
import { parseSpan } from "../args.ts";
import { type Command, type Completes, inOrder, OK } from "../command.ts";
import { safeText } from "../output/text.ts";
import { recordOf, workerNamed } from "../worker_ref.ts";

/** `looop ask <id> <question|->`: a worker asks its person, and waits. */
export const askCommand: Command = {
  usage: "looop ask <id> <question|-> [--options a,b] [--ref PATH] [--timeout S]",
  switches: [],
  options: ["options", "ref", "timeout"],
  completes: inOrder("worker"),
  words: { least: 2, most: 2 },
  async run({ words: [name, words], options, terminal, signal, open }) {
    const timeout = options.get("timeout");
    const timeoutMs = timeout === undefined ? undefined : parseSpan(timeout, askCommand.usage);
    const profile = await open();
    // Four bytes hold any character.
    const question = words === "-"
      ? (await terminal.input(MAX_QUESTION * 4, signal)).trimEnd()
      : words;
    signal.throwIfAborted();
    const record = await recordOf(profile, name);
    const { id: worker } = record;
    if (kindAt(workerFiles(profile.paths, worker).exit) !== "nothing") {
      throw new UserError(`cannot ask for ${worker}: it has ended`);
    }
    const asked = await say(profile, record, {
      say: "ask",
      question,
      options: options.get("options")?.split(",").map((option) => option.trim()),
      ref: options.get("ref"),
    }, { timeoutMs, signal });
    signal.throwIfAborted();
    const id = asked?.value;
    if (!id) {
      throw new UserError("the loop is not looking now: the same command again goes on waiting");
    }
    using notices = new Notices([profile.paths.asks]);
    const answer = await awaitAnswer(profile, id, { timeoutMs, signal, notices });
    if (answer.kind === "closed") throw new UserError(answer.why);
    if (answer.kind === "timeout") {
      throw new UserError(`${id} is not answered yet: the same command again goes on waiting`);
    }
    const { text } = answer;
    if (terminal.columns() === null) {
      // A worker gets what the person typed, as it is.
      terminal.bytes(new TextEncoder().encode(`${text}\n`));
    } else terminal.out(`${safeText(text)}\n`);
    // Where the reader has gone, it has not reached the worker.
    signal.throwIfAborted();
    await say(profile, record, { say: "delivered", ask: id });
    return OK;
  },
};

/** `looop claim <name>`: makes a task a worker's own. */
export const claimCommand: Command = {
  usage: "looop claim <name> [--session ID]",
  switches: [],
  options: ["session"],
  completesOptions: { session: "worker" },
  words: { least: 1, most: 1 },
  async run({ words: [name], options, terminal, open }) {
    const profile = await open();
    const session = await claimHolder(profile, `claim ${name}`, options.get("session"));
    const result = await claim(profile, name, session);
    if (!result.claimed) throw new UserError(result.why);
    terminal.out(`claimed ${name} for ${session}\n`);
    return OK;
  },
};

/** `looop unclaim <name>`: gives a claim up. */
export const unclaimCommand: Command = {
  usage: "looop unclaim <name> [--session ID]",
  switches: [],
  options: ["session"],
  completes: inOrder("claim"),
  completesOptions: { session: "worker" },
  words: { least: 1, most: 1 },
  async run({ words: [name], options, terminal, open }) {
    const profile = await open();
    const session = await claimHolder(profile, `unclaim ${name}`, options.get("session"));
    // Whoever removes claims holds a lock, which no worker in a sandbox may have.
    const said = inboxOf(profile) === null
      ? { value: await unclaim(profile, name, session) }
      : await say(profile, await recordOf(profile, session), { say: "unclaim", claim: name });
    if (!said) {
      terminal.out(NOT_RECEIVED);
      return OK;
    }
    terminal.out(said.value ? `gave up ${name}\n` : `nobody had claimed ${name}\n`);
    return OK;
  },
};

/**
 * Whose claim it is: that of the worker that calls, or of the session that a person names.
 *
 * @param what such as `claim issue-123`
 * @throws {UsageError} where nobody is named.
 * @throws {UserError} where a worker names another.
 */
export async function claimHolder(
  profile: Profile,
  what: string,
  named: string | undefined,
): Promise<string> {
  const own = profile.env("LOOOP_SESSION_ID");
  const session = named === undefined ? own : workerNamed(profile, named);
  if (session === undefined) {
    throw new UsageError(`cannot ${what}: outside a worker, --session ID says whose claim it is`);
  }
  if (session !== own) await refuseInsideWorker(profile, `${what} for ${session}`);
  return session;
}

/** The most characters that a proposed file can have. */
const MAX_BODY = 1_000_000;

/** `looop propose`: puts a change of PLAYBOOK, a goal or a sensor before the person. */
export const proposeCommand: Command = {
  usage: "looop propose playbook|goal <id>|sensor <name> <file|->",
  switches: [],
  completes: completesProposal,
  words: { least: 2, most: 3 },
  async run({ words, terminal, signal, open }) {
    const { what, name, file } = parse(words);
    const profile = await open();
    // Four bytes hold any character.
    const body = file === "-"
      ? await terminal.input(MAX_BODY * 4, signal)
      : await readTextIfPresent(file, { pipe: true });
    signal.throwIfAborted();
    if (body === null) throw new UserError(`cannot propose ${file}: there is no such file`);
    if (body.trim() === "") throw new UserError(`cannot propose ${file}: it is empty`);
    if (body.length > MAX_BODY) {
      throw new UserError(`cannot propose ${file}: more than ${MAX_BODY} characters`);
    }
    const worker = profile.env("LOOOP_SESSION_ID");
    const said = worker === undefined || inboxOf(profile) === null
      ? { value: (await propose(profile, { what, name, body, worker })).id }
      : await say(profile, await recordOf(profile, worker), { say: "propose", what, name, body });
    terminal.out(
      said
        ? `proposed as ${said.value}: it is made after looop approve ${said.value}\n`
        : NOT_RECEIVED,
    );
    return OK;
  },
};

function completesProposal([what, name]: readonly string[]): Completes | null {
  if (what === undefined) return ["playbook", "goal", "sensor"];
  if (what === "playbook" || name !== undefined) return "file";
  return what === "goal" || what === "sensor" ? what : null;
}

function parse([what, ...rest]: string[]): Pick<Proposal, "what" | "name"> & { file: string } {
  const wrong = (why: string) => new UsageError(`${why}\nusage: ${proposeCommand.usage}`);
  if (what !== "playbook" && what !== "goal" && what !== "sensor") {
    throw wrong(`cannot propose ${what}: it is playbook, goal or sensor`);
  }
  const [name, file] = what === "playbook" ? [undefined, ...rest] : rest;
  if (file === undefined) throw wrong(`the ${what} needs both a name and a file`);
  if (what === "playbook" && rest.length > 1) throw wrong(`unexpected argument ${rest[1]}`);
  return { what, name, file };
}

/** `looop flag <id> [note]`: a worker waits for a human. */
export const flagCommand: Command = {
  usage: "looop flag <id> [note]",
  switches: [],
  completes: inOrder("worker"),
  words: { least: 1, most: 2 },
  async run({ words: [name, note], terminal, open }) {
    const profile = await open();
    const record = await recordOf(profile, name);
    const said = await say(profile, record, { say: "flag", note });
    const { id } = record;
    terminal.out(said ? `flagged ${id}: looop unflag ${id} takes it down\n` : NOT_RECEIVED);
    return OK;
  },
};

/** `looop unflag <id>`: a worker waits no longer. */
export const unflagCommand: Command = {
  usage: "looop unflag <id>",
  switches: [],
  completes: inOrder("worker"),
  words: { least: 1, most: 1 },
  async run({ words: [name], terminal, open }) {
    const profile = await open();
    const record = await recordOf(profile, name);
    const said = await say(profile, record, { say: "unflag" });
    const told = said?.value ? `unflagged ${record.id}\n` : `${record.id} was not flagged\n`;
    terminal.out(said ? told : NOT_RECEIVED);
    return OK;
  },
};

/** What a command inside a sandbox tells where the loop has not heard it yet. */
export const NOT_RECEIVED =
  "left for the loop, which is not looking now: it does so when it next looks\n";
