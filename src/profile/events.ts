import { maskJson } from "../mask/stream.ts";
import { appendLine, rotateFile } from "../os/write.ts";
import { messageOf } from "../schema/errors.ts";
import type { Json } from "../schema/json.ts";
import type { Profile } from "./profile.ts";

/** `events.jsonl` is moved aside to `events.jsonl.1` when it reaches this many bytes. */
export const MAX_EVENT_BYTES = 5 * 1024 * 1024;

/** One line of the structured stream: what happened, when, and its particulars. */
export interface LoopEvent {
  /** `move`, `failure`, `answer`, `pulse`, `paused`, `resumed`, … */
  event: string;
  [detail: string]: Json;
}

/**
 * Appends an event with its time. Events are for watching along; a lost one harms nothing, so there is no
 * fsync, and one that cannot be written is only warned of.
 */
export async function appendEvent(
  { paths, clock, env, mask, warn }: Profile,
  event: LoopEvent,
): Promise<void> {
  // From inside a sandbox it cannot be written, and what matters there is said to looop.
  if (env("LOOOP_INBOX") !== undefined) return;
  const line = JSON.stringify({ ts: clock.now().toISOString(), ...maskJson(mask, event) });
  try {
    await rotateFile(paths.events, MAX_EVENT_BYTES);
    await appendLine(paths.events, line, { durable: false, onTorn: warn });
  } catch (error) {
    warn(`an event was lost: ${messageOf(error)}`);
  }
}
