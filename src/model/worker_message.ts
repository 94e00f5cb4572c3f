import * as v from "valibot";
import { idSchema } from "./id_schema.ts";
import type { Schema } from "./schema.ts";
import { schemaOf } from "./schema_of.ts";
import { refuseLists, strictObject } from "./strict_object.ts";

/** What a worker in a sandbox says, one file of its inbox each; who says it tells the folder alone. */
export type WorkerMessage =
  | { say: "ask"; question: string; options?: string[]; ref?: string }
  /** The answer to this ask has reached it. */
  | { say: "delivered"; ask: string }
  /** It needs no answer to this ask any more. */
  | { say: "withdraw"; ask: string }
  | { say: "flag"; note?: string }
  | { say: "unflag" }
  | { say: "propose"; what: "playbook" | "goal" | "sensor"; name?: string; body: string }
  | { say: "unclaim"; claim: string }
  /** It has cost so much since it told the last time. */
  | { say: "cost"; usd: number }
  /** It is done, and to be ended. */
  | { say: "kill" };

/** What became of a message: what the command that wrote it has to tell, or why it was refused. */
export type WorkerReply = { done: true; value: string | null } | { done: false; why: string };

const text = v.pipe(v.string(), v.maxLength(1_000_000));
const name = v.pipe(v.string(), v.maxLength(100));

/** Checks a file of an inbox. */
export const workerMessageSchema: Schema<WorkerMessage> = schemaOf(refuseLists(v.variant("say", [
  strictObject({
    say: v.literal("ask"),
    question: text,
    options: v.optional(v.pipe(v.array(text), v.maxLength(100))),
    ref: v.optional(text),
  }),
  strictObject({ say: v.literal("delivered"), ask: idSchema }),
  strictObject({ say: v.literal("withdraw"), ask: idSchema }),
  strictObject({ say: v.literal("flag"), note: v.optional(text) }),
  strictObject({ say: v.literal("unflag") }),
  strictObject({
    say: v.literal("propose"),
    what: v.picklist(["playbook", "goal", "sensor"]),
    name: v.optional(name),
    body: text,
  }),
  strictObject({ say: v.literal("unclaim"), claim: name }),
  strictObject({
    say: v.literal("cost"),
    usd: v.pipe(v.number(), v.minValue(0), v.maxValue(100_000)),
  }),
  strictObject({ say: v.literal("kill") }),
])));

/** Checks the reply to a message. */
export const workerReplySchema: Schema<WorkerReply> = schemaOf(refuseLists(v.variant("done", [
  strictObject({ done: v.literal(true), value: v.nullable(v.string()) }),
  strictObject({ done: v.literal(false), why: v.string() }),
])));
