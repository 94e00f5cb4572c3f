import { findAsk, openAsks } from "../../inbox/asks.ts";
import { listDemands } from "../../inbox/attention.ts";
import { lockHolder } from "../../os/lock.ts";
import type { Prompter } from "../../os/prompter.ts";
import { isPaused } from "../../profile/markers.ts";
import type { Profile } from "../../profile/profile.ts";
import { type Ask, isYes } from "../../schema/ask.ts";
import { UsageError, UserError } from "../../schema/errors.ts";
import { cut } from "../../schema/text.ts";
import { parseDuration, parseTime } from "../args.ts";
import { type Command, type CommandContext, FAILED, OK } from "../command.ts";
import { renderAsks, renderAttention } from "../output/inbox.ts";
import { safeLine, safePrompter } from "../output/text.ts";
import { dateTime, viewOf } from "../output/view.ts";

/** Imported here, as what waits is, since `looop asks` should start fast and needs neither. */
export const answering = async () => ({
  ...await import("../../inbox/answer.ts"),
  ...await import("../../inbox/caller.ts"),
  ...await import("../../inbox/open.ts"),
});

/** `looop asks`: lists what needs the user, or closes an ask without an answer. */
export const asksCommand: Command = {
  usage: "looop asks [ask-id] [--close] [--json]",
  completes: ["ask"],
  async run(context) {
    const { words: [id], switches, say, open } = context;
    const profile = await open();
    if (!switches.has("close")) return await listOpen(context, profile, id);
    if (switches.has("json")) throw new UsageError("--json has no effect with --close");
    const { dismissAsk, refuseInsideWorker } = await answering();
    await refuseInsideWorker(profile, "close an ask");
    const picked = await pickAsk(context, profile, [id, ""], "ask");
    if (picked === null) return FAILED;
    const { id: closed, worker } = await dismissAsk(profile, picked.id);
    const reader = worker === undefined ? "" : `: worker ${worker} goes on without an answer`;
    say(`closed ${closed} unanswered${reader}\n`);
  },
};

/** @param id of the only one to show, maybe shortened */
async function listOpen({ print }: CommandContext, profile: Profile, id?: string): Promise<void> {
  const { asks, snoozed, broken } = await openAsks(profile);
  broken.forEach(profile.warn);
  const one = id === undefined ? null : await (await answering()).openAsk(profile, id);
  const shown = [...asks, ...snoozed].filter((ask) => one === null || ask.id === one.id);
  await print(shown, async (view) => {
    // A worker that raised its flag without asking can only be attached to.
    const flags = one ? [] : (await listDemands(profile)).filter(({ kind }) => kind === "flag");
    const now = profile.clock.now();
    const text = renderAsks(shown, view, now, await refusalsOf(profile, shown));
    if (flags.length === 0) return text;
    return `${shown.length > 0 ? `${text}\n` : ""}${renderAttention(flags, view)}`;
  });
}

/** Why an approval would have no effect, by id of the ask. */
async function refusalsOf(profile: Profile, asks: Ask[]): Promise<Map<string, string>> {
  const reasons = new Map<string, string>();
  for (const ask of asks.filter(({ approval }) => approval)) {
    const why = await (await answering()).checkApproval(profile, ask);
    if (why !== null) reasons.set(ask.id, why);
  }
  return reasons;
}

/** `looop answer`: answers a question of the loop or of a worker, or decides on an approval. */
export const answerCommand: Command = {
  usage: "looop answer [ask-id] [text|-] [--other]",
  completes: ["ask"],
  async run(context) {
    const { words, switches, say, signal, input, open } = context;
    const profile = await open();
    const { answerAsk, MAX_ANSWER, openAsk, refuseInsideWorker } = await answering();
    await refuseInsideWorker(profile, `answer ${words[0] ?? "an ask"}`);
    const picked = await pickAsk(context, profile, words, "ask");
    if (picked === null) return FAILED;
    const { id, text } = picked;
    if (text === undefined && switches.has("other")) {
      throw new UsageError("--other has no effect without a text");
    }
    // A yes to the only open ask may be meant for another one, which was open before.
    if (id !== words[0] && text !== undefined && isYes({ text })) {
      const { approval, hook } = await openAsk(profile, id);
      const allows = approval !== undefined || hook !== undefined;
      if (allows && !await confirmShown(context, profile, [id])) {
        throw new UserError(`${id} stays open`);
      }
    }
    const said = text === undefined
      ? await promptFor(context, profile, id)
      : { text: await input(text, MAX_ANSWER), other: switches.has("other") };
    signal.throwIfAborted();
    if (said === null) throw new UsageError(`missing argument <text>: the answer to ${id}`);
    const ask = await answerAsk(profile, id, said.text, said);
    say(await describeAnswered(profile, ask));
  },
};

/** `looop snooze`: puts an ask off. */
export const snoozeCommand: Command = {
  usage: "looop snooze <ask-id> <time>",
  completes: ["ask"],
  async run({ words: [id, time], say, open }) {
    const profile = await open();
    const now = profile.clock.now();
    const until = parseTime(time, now, "future");
    const { refuseInsideWorker, snoozeAsk } = await answering();
    await refuseInsideWorker(profile, `snooze ${id}`);
    const ask = await snoozeAsk(profile, id, until);
    say(`snoozed ${ask.id} until ${dateTime(until)}; looop asks lists it meanwhile\n`);
  },
};

/** An id of an ask as looop makes them, with a digit: a short answer is rarely one. */
const ID = /^(?=.*\d)[wps]?[0-9a-f]{6}$/;
/** Fewer characters could be a short answer, such as `a`. */
const MIN_START = 3;

/**
 * Finds the ask that the words of a command name: the first word is its id, perhaps shortened. Without an id it is the
 * only open ask, one that is not snoozed before those that are; if there are several, they are listed.
 *
 * @param words the id and a text, or one of them, or none
 * @param kind which asks count if no id is given
 * @returns the id and the text; `null` if the asks were listed instead
 * @throws {UserError} if no ask is open.
 */
export async function pickAsk(
  { terminal }: CommandContext,
  profile: Profile,
  [first, second]: (string | undefined)[],
  kind: "ask" | "approval",
): Promise<{ id: string; text?: string } | null> {
  if (first !== undefined && (second !== undefined || await isId(profile, first))) {
    return { id: first, text: second };
  }
  const { asks, snoozed } = await openAsks(profile);
  const counts = (ask: Ask) => kind === "ask" || ask.approval;
  const [waiting, later] = [asks, snoozed].map((some) => some.filter(counts));
  const open = waiting.length > 0 ? waiting : later;
  if (open.length === 0) {
    throw new UserError(kind === "ask" ? "nothing needs you" : "no move waits for your approval");
  }
  if (open.length === 1) return { id: open[0].id, text: first };
  const view = await viewOf(terminal);
  terminal.out(renderAsks(open, view, profile.clock.now(), await refusalsOf(profile, open)));
  terminal.err(`looop: ${open.length} are open: give the id of one, or the beginning of its id\n`);
  return null;
}

async function isId(profile: Profile, word: string): Promise<boolean> {
  if (ID.test(word) || await findAsk(profile, word).catch(() => null)) return true;
  const { asksStartingWith } = await answering();
  return word.length >= MIN_START && (await asksStartingWith(profile, word)).length > 0;
}

/** Shows asks in full and prompts; `null` without a terminal, `undefined` if the user stops it. */
async function showAndPrompt<T>(
  { terminal, signal }: CommandContext,
  profile: Profile,
  asks: () => Promise<Ask[]>,
  prompt: (prompter: Prompter, shown: Ask[]) => Promise<T>,
): Promise<T | null | undefined> {
  const { canPrompt, openPrompter, PromptStopped } = await import("../../os/prompter.ts");
  if (terminal.columns() === null || !canPrompt()) return null;
  const shown = await asks();
  const refusals = await refusalsOf(profile, shown);
  terminal.out(renderAsks(shown, await viewOf(terminal), profile.clock.now(), refusals));
  try {
    return await prompt(safePrompter(await openPrompter(signal), profile.mask), shown);
  } catch (error) {
    if (!(error instanceof PromptStopped)) throw error;
  }
}

/** Shows an ask and prompts for its answer; `null` without a terminal. */
async function promptFor(
  context: CommandContext,
  profile: Profile,
  word: string,
): Promise<{ text: string; other: boolean } | null> {
  const find = async () => [await (await answering()).openAsk(profile, word)];
  const said = await showAndPrompt(
    context,
    profile,
    find,
    async (prompter, [ask]) => ({ id: ask.id, ...await promptAnswer(prompter, ask) }),
  );
  if (said === null || (said && said.text !== "")) return said;
  const id = said?.id ?? word;
  throw new UserError(`${id} stays open: looop answer ${id} answers it`);
}

/**
 * Shows the approvals that a command did not name by their ids, and prompts whether to approve exactly these: one that was
 * requested meanwhile has not been seen. Without a terminal there is no prompt.
 *
 * @returns whether to approve them
 */
export async function confirmShown(
  context: CommandContext,
  profile: Profile,
  ids: string[],
): Promise<boolean> {
  const find = async () => {
    const { asks, snoozed } = await openAsks(profile);
    return [...asks, ...snoozed].filter(({ id }) => ids.includes(id));
  };
  const said = await showAndPrompt(context, profile, find, async (prompter) => {
    const what = ids.length === 1 ? "Your decision" : `Your decision on all ${ids.length}`;
    return await prompter.choose(what, ["later", "approve"], 0) === 1;
  });
  return said ?? said === null;
}

/** @returns the answer; empty if the user wants to answer later. */
async function promptAnswer(
  prompter: Prompter,
  { approval, options = [] }: Ask,
): Promise<{ text: string; other: boolean }> {
  const choices = approval ? ["later", "approve", "reject"] : [...options, "another answer"];
  const chosen = approval || options.length > 0
    ? await prompter.choose(approval ? "Your decision" : "Your answer", choices, 0)
    : 0;
  if (approval) return { text: ["", "yes", "no"][chosen], other: false };
  if (chosen < options.length) return { text: options[chosen], other: false };
  return { text: await prompter.text("Your answer"), other: true };
}

/** How much is repeated of what a move says about itself, in characters. */
const MAX_REPEATED = 100;

/** Says what an answer means and who receives it. */
export async function describeAnswered(
  profile: Profile,
  ask: Ask,
): Promise<string> {
  const { id, worker, approval, options, answer } = ask;
  const when = await nextTick(profile);
  if (approval && answer) {
    const { action, journal } = approval.move;
    const what = `${id} (${action}: ${cut(safeLine(journal), MAX_REPEATED)})`;
    const { ELSEWHERE, isElsewhere } = await answering();
    const elsewhere = await isElsewhere(profile, ask);
    return isYes(answer)
      ? `APPROVED ${what}: ${elsewhere ? ELSEWHERE : `the loop applies it ${when}`}\n`
      : `REJECTED ${what}: the loop picks it up ${when}\n`;
  }
  const chosen = options ? ` with ${JSON.stringify(safeLine(answer?.text ?? ""))}` : "";
  const reader = worker === undefined
    ? `the loop picks it up ${when}`
    : `worker ${worker} receives it`;
  return `answered ${id}${chosen}: ${reader}\n`;
}

/** Exit status of `looop wait`: no pulse is running. */
const PULSE_DOWN = 2;

/** `looop wait`: blocks until something new needs the user, or changed. */
export const waitCommand: Command = {
  usage: "looop wait [--asks] [--journal] [--goals] [--since CURSOR] [--timeout S]",
  more: "[--json]",
  async run({ switches, options, terminal, signal, print, open }) {
    const timeoutMs = parseDuration(options.get("timeout"));
    const asksOnly = switches.has("asks");
    const since = options.get("since");
    const profile = await open();
    const { waitForUser } = await import("../../inbox/wait.ts");
    const [journal, goals] = [switches.has("journal"), switches.has("goals")];
    const input = { asksOnly, journal, goals, since, timeoutMs, signal };
    const waited = await waitForUser(profile, input);
    const { items, cursor, pulse_running } = waited;
    const isNew = items.length > 0;
    if (isNew || switches.has("json")) {
      const only = ["asks", "journal", "goals"].filter((name) => switches.has(name));
      const next = `looop wait${only.map((name) => ` --${name}`).join("")} --since ${cursor}`;
      await print(waited, (view) => `${renderAttention(items, view)}next: ${next}\n`);
    }
    const isDown = !pulse_running &&
      (items.some(({ kind }) => kind === "pulse") || journal || goals);
    if (isDown && !isNew) terminal.err("looop: no pulse is running; start one with looop up\n");
    else if (!isNew && !switches.has("json")) terminal.err("looop: nothing new needs you\n");
    return isDown ? PULSE_DOWN : isNew ? OK : FAILED;
  },
};

/** Describes when the next tick is: `now` if a pulse is running. */
export async function nextTick(profile: Profile): Promise<string> {
  if (isPaused(profile)) return "after looop resume (the loop is paused)";
  const holder = await lockHolder(profile.paths.pulseLock);
  return holder !== null
    ? "now"
    : "at the next tick (no pulse is running; start one with looop up)";
}
