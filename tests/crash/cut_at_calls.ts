import { LANES } from "./extent.ts";
import { type Call, killTick } from "./kill_tick.ts";
import { settle } from "./settle.ts";
import { copyStage, type Stage } from "./stage.ts";

/** Which call of a tick is its last. */
export interface Cut {
  call: Call;
  nth: number;
}

/** What cutting off ticks gave. */
export interface Cuts {
  kills: number;
  /** What did not agree after the ticks that followed; the call and its number come first. */
  problems: string[];
}

/**
 * Kills a tick at each of some calls, each time on a copy of the profile; after each, ticks on and checks that all
 * agrees.
 *
 * @param cuts asked for the next one until it ends; told whether the last one of a kind of call was met
 */
export async function cutAtCalls(from: Stage, cuts: Iterable<Cut>): Promise<Cuts> {
  const result: Cuts = { kills: 0, problems: [] };
  const left = cuts[Symbol.iterator]();
  const lane = async () => {
    for (let next = left.next(); !next.done; next = left.next()) {
      const { call, nth } = next.value;
      const tell = (text: string) => {
        result.problems.push(`${call} ${nth}: ${text}`);
        console.log(`      ${from.kind.name}: ${call} ${nth}: ${text}`);
      };
      await using stage = await copyStage(from);
      const end = await killTick(stage, call, nth);
      if (end.killed) result.kills++;
      else if (cuts instanceof Upward) cuts.stop();
      if (!end.killed && end.code !== (from.kind.fails ? 1 : 0)) {
        tell(`exit ${end.code}: ${end.stderr}`);
      }
      for (const problem of await settle(stage)) tell(problem);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return result;
}

/** The first call of a kind, the second, and so on until it is stopped. */
export class Upward implements Iterable<Cut> {
  #stopped = false;
  readonly #call: Call;

  constructor(call: Call) {
    this.#call = call;
  }

  stop(): void {
    this.#stopped = true;
  }

  *[Symbol.iterator](): Iterator<Cut> {
    for (let nth = 1; !this.#stopped && nth < ENOUGH; nth++) yield { call: this.#call, nth };
  }
}

/** Far more calls than a tick makes. */
const ENOUGH = 500;
