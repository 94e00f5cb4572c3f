import * as z from "zod/mini";
import { idSchema, maxLength } from "../schema/schema.ts";

const text = z.string().check(maxLength(1_000_000));
const name = z.string().check(maxLength(100));

/** Checks a file of an inbox. */
export const workerMessageSchema = z.discriminatedUnion("say", [
  z.strictObject({
    say: z.literal("ask"),
    question: text,
    options: z.optional(z.array(text).check(maxLength(100))),
    ref: z.optional(text),
    /** The agent program whose permission hook asks. */
    hook: z.optional(z.enum(["claude", "codex", "opencode"])),
  }),
  /** The answer to this ask has reached the worker. */
  z.strictObject({ say: z.literal("delivered"), ask: idSchema }),
  /** The worker needs no answer to this ask any more. */
  z.strictObject({ say: z.literal("withdraw"), ask: idSchema }),
  z.strictObject({ say: z.literal("flag"), note: z.optional(text) }),
  z.strictObject({ say: z.literal("unflag") }),
  z.strictObject({
    say: z.literal("propose"),
    what: z.enum(["playbook", "goal", "sensor", "schedule"]),
    name: z.optional(name),
    body: text,
  }),
  z.strictObject({ say: z.literal("unclaim"), claim: name }),
  /** What the worker has cost since its last report. */
  z.strictObject({
    say: z.literal("cost"),
    usd: z.number().check(z.minimum(0), z.maximum(100_000)),
  }),
  /** These messages have reached the worker. */
  z.strictObject({
    say: z.literal("told"),
    received: z.array(name).check(maxLength(1000)),
    via: z.enum(["answer", "told", "hook", "kill"]),
  }),
  /** The worker is done, and is to be ended. */
  z.strictObject({ say: z.literal("kill") }),
]);

/** What a worker in a sandbox reports, one file of its inbox each; the directory alone identifies the worker. */
export type WorkerMessage = z.infer<typeof workerMessageSchema>;

/** Checks the reply to a message. */
export const workerReplySchema = z.discriminatedUnion("done", [
  z.strictObject({ done: z.literal(true), value: z.nullable(z.string()) }),
  z.strictObject({ done: z.literal(false), why: z.string() }),
]);

/** The result of a message: what the command that wrote it prints, or why it was refused. */
export type WorkerReply = z.infer<typeof workerReplySchema>;
