import { z } from "zod";
import { idSchema } from "./id_schema.ts";
import type { Schema } from "./schema.ts";
import { strictObject } from "./strict_object.ts";

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

const text = z.string().max(1_000_000);

/** Checks a file of an inbox. */
export const workerMessageSchema: Schema<WorkerMessage> = z.discriminatedUnion("say", [
  strictObject({
    say: z.literal("ask"),
    question: text,
    options: z.array(text).max(100).optional(),
    ref: text.optional(),
  }),
  strictObject({ say: z.literal("delivered"), ask: idSchema }),
  strictObject({ say: z.literal("withdraw"), ask: idSchema }),
  strictObject({ say: z.literal("flag"), note: text.optional() }),
  strictObject({ say: z.literal("unflag") }),
  strictObject({
    say: z.literal("propose"),
    what: z.enum(["playbook", "goal", "sensor"]),
    name: z.string().max(100).optional(),
    body: text,
  }),
  strictObject({ say: z.literal("unclaim"), claim: z.string().max(100) }),
  strictObject({ say: z.literal("cost"), usd: z.number().min(0).max(100_000) }),
  strictObject({ say: z.literal("kill") }),
]);

/** Checks the reply to a message. */
export const workerReplySchema: Schema<WorkerReply> = z.discriminatedUnion("done", [
  strictObject({ done: z.literal(true), value: z.string().nullable() }),
  strictObject({ done: z.literal(false), why: z.string() }),
]);
