/**
 * How many times longer `large` takes than `small`: the shortest of several runs of each, taken in turns, so that other
 * work on the machine weighs little. Of ten times the input it is about 10 in linear time, 100 in quadratic time.
 */
export async function timeRatio(
  small: () => unknown,
  large: () => unknown,
  rounds = 5,
): Promise<number> {
  let [short, long] = [Infinity, Infinity];
  for (let round = 0; round < rounds; round++) {
    short = Math.min(short, await time(small));
    long = Math.min(long, await time(large));
  }
  return long / short;
}

/** Milliseconds of one run. */
async function time(run: () => unknown): Promise<number> {
  const started = performance.now();
  await run();
  return performance.now() - started;
}
