/** Least, middle and most of what was measured. */
export interface Spread {
  min: number;
  median: number;
  max: number;
}

/** Orders figures. */
export function spread(figures: number[]): Spread {
  const sorted = figures.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1
    ? sorted[middle]
    : (sorted[middle - 1] + sorted[middle]) / 2;
  return { min: sorted[0], median, max: sorted.at(-1)! };
}

/** What a subject came to beside its floor; the ratio is that of each round. */
export interface Compared {
  ratio: Spread;
  floor: Spread;
  subject: Spread;
}

/**
 * Measures a floor and a subject in turns, so that whatever else the machine does weighs on both alike: each round
 * gives one ratio. The first round warms up, and does not count.
 */
export async function inTurns(
  rounds: number,
  floor: () => Promise<number>,
  subject: () => Promise<number>,
): Promise<Compared> {
  const only = (measure: () => Promise<number>) => async () => [await measure()];
  return (await allInTurns(rounds, only(floor), only(subject)))[0];
}

/**
 * The same where each measurement gives several figures, such as time and CPU.
 *
 * @param warmUps rounds before those that count; default: 1
 */
export async function allInTurns(
  rounds: number,
  floor: () => Promise<number[]>,
  subject: () => Promise<number[]>,
  warmUps = 1,
): Promise<Compared[]> {
  const [floors, subjects]: number[][][] = [[], []];
  for (let round = 0; round < warmUps + rounds; round++) {
    const [a, b] = [await floor(), await subject()];
    if (round < warmUps) continue;
    floors.push(a);
    subjects.push(b);
  }
  return floors[0].map((_, index) => {
    const [below, above] = [floors, subjects].map((all) => all.map((figures) => figures[index]));
    return {
      ratio: spread(above.map((figure, round) => figure / below[round])),
      floor: spread(below),
      subject: spread(above),
    };
  });
}

/** Milliseconds that something takes. */
export async function msOf(run: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await run();
  return performance.now() - started;
}
