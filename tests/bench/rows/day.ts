import { liveDay } from "../../loop/day/live_day.ts";
import type { Figure, Row } from "../row.ts";

/** A day of a user's: what it costs in decisions, and how soon they hear of each ask. */
export const day: Row = {
  name: "day",
  async measure() {
    const { decisions, usd, changes, humanActions, seen } = await liveDay();
    const once = (value: number) => ({ min: value, median: value, max: value });
    const ms = seen.map((ask) => ask.ms).sort((a, b) => a - b);
    return [{
      what: `a day: ${decisions} decisions`,
      floor: `${changes} changes that no rule settles`,
      ...{ unit: "×", limit: 1.3, ...once(decisions / changes) },
      note: `$${usd.toFixed(2)}, ${humanActions} human actions`,
    }, {
      what: `a day: until the user hears of an ask, of ${seen.length}`,
      floor: "",
      ...{ unit: "ms", limit: 1000, min: ms[0], median: ms[ms.length >> 1], max: ms.at(-1)! },
      note: `${Math.max(...seen.map(({ s }) => s)) / 60} min of the day at most`,
    }] satisfies Figure[];
  },
};
