/**
 * Resolves or rejects as `work` does; rejects with `what` when `work` takes longer than `timeoutMs`, so that a lock or
 * a wait that never ends fails its test instead of hanging the run.
 */
export async function within<T>(what: string, work: Promise<T>, timeoutMs = 45_000): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new Error(`not within ${timeoutMs} ms: ${what}`)),
    timeoutMs,
  );
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
