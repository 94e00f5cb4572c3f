import { fileSize } from "../host/read_from.ts";
import type { Profile } from "../profile/profile.ts";
import { listWorkers } from "./list_workers.ts";
import { MAX_RENDERED, readChunks, transcriptPath } from "./read_transcript.ts";
import { TranscriptScreen } from "./transcript_screen.ts";

const POLL_MS = 200;
/** How many looks at the file come before one at whether the worker still lives. */
const LOOKS = 10;

/**
 * Renders what a worker prints, line by line as its cursor leaves them, masked, until it ends or `signal` fires; of
 * what it printed before, the end.
 *
 * @throws {UserError} where there is no such worker.
 */
export async function* followTranscript(
  profile: Profile,
  id: string,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const screen = await TranscriptScreen.open();
  for await (const chunk of followRawTranscript(profile, id, signal, MAX_RENDERED)) {
    await screen.write(chunk);
    yield* screen.take().map(profile.mask);
  }
  yield* screen.take(true).map(profile.mask);
}

/**
 * Reads what a worker prints as it is, until it ends or `signal` fires.
 *
 * @param maxBytes how much of what it printed before; default: all
 */
export async function* followRawTranscript(
  profile: Profile,
  id: string,
  signal: AbortSignal,
  maxBytes = Infinity,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const path = transcriptPath(profile, id);
  let at = Math.max(0, fileSize(path) - maxBytes);
  let alive = true;
  for (let look = 0; !signal.aborted; look++) {
    const size = fileSize(path);
    for await (const chunk of readChunks(path, at, size)) {
      yield chunk;
      at += chunk.length;
    }
    // One more look after its end: what it printed last has then been read.
    if (!alive) return;
    if (look % LOOKS === 0) alive = await isAlive(profile, id);
    if (alive) await profile.clock.sleep(POLL_MS, signal);
  }
}

async function isAlive(profile: Profile, id: string): Promise<boolean> {
  return (await listWorkers(profile, { only: id })).some((worker) => worker.alive);
}
