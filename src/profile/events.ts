import { appendLine } from "../host/append_line.ts";
import { rotateFile } from "../host/rotate_file.ts";
import type { Json } from "../model/json.ts";
import type { Profile } from "./profile.ts";

/** `events.jsonl` is moved aside to `events.jsonl.1` when it reaches this many bytes. */
export const MAX_EVENT_BYTES = 5 * 1024 * 1024;

/** One line of the structured stream: what happened, when, and its particulars. */
export interface LoopEvent {
  /** `move`, `failure`, `answer`, `pulse`, `paused`, `resumed`, … */
  event: string;
  [detail: string]: Json;
}

/** Appends an event with its time. Events are for watching along; a lost one harms nothing, so no fsync. */
export async function appendEvent({ paths, clock }: Profile, event: LoopEvent): Promise<void> {
  await rotateFile(paths.events, MAX_EVENT_BYTES);
  const line = JSON.stringify({ ts: clock.now().toISOString(), ...event });
  await appendLine(paths.events, line, { durable: false });
}
