/** Milliseconds between two checks, at least. */
const EVERY_MS = 20;

/** Milliseconds for what a real program does: on a busy machine its start alone may take half a minute. */
export const PROGRAM_MS = 180_000;

/**
 * Waits until `check` holds; throws with `what` when it still does not after `timeoutMs`. By default that is long, for
 * slow machines, but shorter than the 60 s after which a pulse ticks by itself. It checks every 20 ms; a check that takes
 * longer, such as one that starts a program, is followed by a pause of four times its time, so that waiting leaves the
 * processor to what is waited for. `everyMs` is a longer pause, for what takes minutes.
 */
export async function eventually(
  what: string,
  check: () => boolean | Promise<boolean>,
  timeoutMs = 45_000,
  everyMs = EVERY_MS,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (true) {
    const began = performance.now();
    if (await check()) return;
    if (Date.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    const pause = Math.min(Math.max(everyMs, 4 * (performance.now() - began)), 500);
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}
