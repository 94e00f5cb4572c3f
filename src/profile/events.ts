import { maskJson } from "../mask/stream.ts";
import { appendLine, rotateFile } from "../os/write.ts";
import { messageOf } from "../schema/errors.ts";
import type { Json } from "../schema/json.ts";
import type { Profile } from "./profile.ts";

/** `events.jsonl` is rotated to `events.jsonl.1` when it reaches this many bytes. */
export const MAX_EVENT_BYTES = 5 * 1024 * 1024;

/** One line of the structured stream. */
export interface LoopEvent {
  /** `move`, `failure`, `answer`, `pulse`, `paused`, `resumed`, … */
  event: string;
  [detail: string]: Json;
}

/**
 * Appends an event with its time. Events are for live observation: without fsync, and one that cannot be written is
 * only warned of.
 */
export async function appendEvent(
  { paths, clock, env, mask, warn }: Profile,
  event: LoopEvent,
): Promise<void> {
  // In a sandbox the file is not writable; what matters goes through the mailbox.
  if (env("LOOOP_INBOX") !== undefined) return;
  const line = JSON.stringify({ ts: clock.now().toISOString(), ...maskJson(mask, event) });
  try {
    await rotateFile(paths.events, MAX_EVENT_BYTES);
    await appendLine(paths.events, line, { durable: false, onTorn: warn });
  } catch (error) {
    warn(`an event was lost: ${messageOf(error)}`);
  }
}
