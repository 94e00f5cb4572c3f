/**
 * How many times longer `large` takes than `small`: the least of several rounds. Each runs `small` over and over for as long
 * as `large` took, so that other work on the machine slows both down alike. Of ten times the input it is about 10 in linear
 * time, 100 in quadratic time.
 */
export async function timeRatio(
  small: () => unknown,
  large: () => unknown,
  rounds = 3,
): Promise<number> {
  let least = Infinity;
  for (let round = 0; round < rounds; round++) {
    const long = await time(large);
    let [short, runs] = [0, 0];
    for (; short < long || runs === 0; runs++) short += await time(small);
    least = Math.min(least, long * runs / short);
  }
  return least;
}

/** Milliseconds of one run. */
async function time(run: () => unknown): Promise<number> {
  const started = performance.now();
  await run();
  return performance.now() - started;
}
