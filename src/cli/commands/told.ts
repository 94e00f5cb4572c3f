import * as z from "zod/mini";
import { refuseInsideWorker } from "../../inbox/caller.ts";
import { receiveTold } from "../../mailbox/client.ts";
import { UsageError, UserError } from "../../schema/errors.ts";
import type { Profile } from "../../profile/profile.ts";
import { parseAs } from "../../schema/schema.ts";
import type { Told } from "../../schema/worker.ts";
import { latestFiles } from "../../workers/files.ts";
import { listWorkers } from "../../workers/list.ts";
import {
  deliveredMessages,
  MAX_MESSAGE,
  queuedMessages,
  queueMessage,
  typeMessage,
} from "../../workers/messages.ts";
import { type Command, OK } from "../command.ts";
import { foldText, hangText, safeLine } from "../output/text.ts";
import { dateTime, joinLines, type View } from "../output/view.ts";
import { recordOf, workerNamed } from "../worker_ref.ts";

/** Exit status of `looop tell`: the message waits for the worker. */
const QUEUED = 3;

/** `looop tell`: sends a message to a worker. */
export const tellCommand: Command = {
  usage: "looop tell <id> <text|-> [--now] [--json]",
  completes: ["worker"],
  async run({ words: [name, word], switches, input, print, open }) {
    const profile = await open();
    const id = workerNamed(profile, name);
    await refuseInsideWorker(profile, `tell worker ${id}`);
    const text = await input(word, MAX_MESSAGE);
    if (text.trim() === "") throw new UsageError(`cannot tell worker ${id}: the message is empty`);
    if (text.length > MAX_MESSAGE) {
      throw new UserError(
        `cannot tell worker ${id}: the message has more than ${MAX_MESSAGE} characters; refer to a file`,
      );
    }
    const typed = switches.has("now") ? await typeMessage(profile, id, text) : null;
    const why = typeof typed === "string" ? typed : null;
    const message = typed !== null && typeof typed !== "string"
      ? typed
      : await queueMessage(profile, id, { text, from: null });
    const state = message.delivered ? "delivered" : "queued";
    await print(
      { worker: id, message: message.id, state, why },
      ({ columns }) =>
        foldText(
          state === "delivered"
            ? `delivered to ${id}: typed into its session\n`
            : `queued for ${id}${
              why === null ? "" : ` (not typed: ${why})`
            }: it receives the message with its next answer, or as soon as its program checks for ` +
              `messages; looop told ${id} shows whether it has\n`,
          columns,
        ),
    );
    return state === "delivered" ? OK : QUEUED;
  },
};

/** What a hook receives; `agent_id` only in a subagent, whose context ends with it. */
const hookInput = z.object({
  hook_event_name: z._default(z.string(), ""),
  agent_id: z.nullish(z.string()),
});

const MAX_HOOK_BYTES = 64_000_000;

/** `looop told`: a worker receives its messages; elsewhere, lists them. */
export const toldCommand: Command = {
  usage: "looop told <id> [--hook] [--json]",
  completes: ["worker"],
  async run({ words: [name], switches, terminal, signal, print, open }) {
    if (switches.has("hook") && switches.has("json")) {
      throw new UsageError("--json has no effect with --hook, which prints what the agent reads");
    }
    const profile = await open();
    const id = workerNamed(profile, name);
    if (profile.env("LOOOP_SESSION_ID") !== id) {
      if (switches.has("hook")) throw new UsageError("--hook is for hooks of the worker itself");
      const all = await listTold(profile, id);
      return void await print(all, (view) => renderTold(all, view));
    }
    const record = await recordOf(profile, name);
    const exact = (text: string) => terminal.bytes(new TextEncoder().encode(text));
    if (!switches.has("hook")) {
      return void await receiveTold(profile, record, "told", exact, signal);
    }
    const input = parseAs(hookInput, await terminal.input(MAX_HOOK_BYTES, signal));
    signal.throwIfAborted();
    if (input?.agent_id) return;
    const reply = (text: string) => exact(hookReply(input?.hook_event_name ?? "", text));
    await receiveTold(profile, record, "hook", reply, signal);
  },
};

/** A message, and what became of it; `undelivered`: the worker has ended. */
type ListedMessage = Told & { state: "delivered" | "queued" | "undelivered" };

/** Lists the messages to a worker, also to one that has ended, oldest first. */
async function listTold(profile: Profile, id: string): Promise<ListedMessage[]> {
  const files = latestFiles(profile.paths, id);
  const waiting = await queuedMessages(files);
  const [worker] = waiting.length > 0 ? await listWorkers(profile, { only: id }) : [];
  const left = worker?.alive ? "queued" : "undelivered";
  return [
    ...(await deliveredMessages(files)).map((one) => ({ ...one, state: "delivered" as const })),
    ...waiting.map((one) => ({ ...one, state: left } as const)),
  ];
}

/** What a hook prints to pass a text to the agent. Claude Code and Codex share the form. */
function hookReply(event: string, text: string): string {
  if (event === "") return text;
  const reply = event === "Stop"
    ? { decision: "block", reason: text }
    : { hookSpecificOutput: { hookEventName: event, additionalContext: text } };
  return `${JSON.stringify(reply)}\n`;
}

function renderTold(messages: ListedMessage[], view: View): string {
  if (messages.length === 0) return "no messages\n";
  return joinLines(messages.flatMap(({ text, at, from, state, delivered }) => {
    const how = delivered ? ` ${dateTime(new Date(delivered.at))} (${delivered.via})` : "";
    const by = from === null ? "" : `  by run ${from}`;
    const head = `${dateTime(new Date(at))}  ${state}${how}${by}`;
    return [
      delivered ? view.dim(head) : view.yellow(head),
      ...hangText("  ", safeLine(text), view.columns),
    ];
  }));
}
