import { assert, assertEquals } from "@std/assert";
import { findAsk, listAsks, openAsks } from "../../src/inbox/asks.ts";
import { TickErrors } from "../../src/loop/report.ts";
import { messageOf } from "../../src/schema/errors.ts";
import { localTime } from "../../src/schema/text.ts";
import { sumSpend } from "../../src/budget/ledger.ts";
import { readDeliveries } from "../../src/inbox/deliveries.ts";
import { readState } from "../../src/profile/state.ts";
import type { Ask } from "../../src/schema/ask.ts";
import { sha256Hex } from "../../src/schema/json.ts";
import { rootTest } from "../support/root_test.ts";
import { type Mode, providerLoop } from "./provider.ts";
import { smallDisk } from "./small_disk.ts";

const USD_PER_DAY = 5;

const RULES = `---
goal: The sites are up
rules:
${
  ["a", "b"].map((name) =>
    `  - name: ${name}
    when: sensors.sites == "down"
    do: { action: run, command: "touch ${name}; :", journal: restarts ${name} }`
  ).join("\n")
}
---
`;

/** From this minute on, the provider does this. */
const MODES: [minute: number, mode: Mode][] = [
  [60, "529"],
  [100, "well"],
  [200, "refuses"],
  [230, "well"],
  [400, "nowhere"],
  [410, "well"],
  [500, "limit 6am"], // minute 600
  [601, "well"],
];
const [ASLEEP, AWAKE] = [270, 390];
const [FULL, FREE] = [640, 650];
const END = 840;
/** The repository changes so often, in minutes. */
const EVERY = 15;

/** Makes the open approvals as if they had been requested so many minutes earlier. */
async function age(asks: Ask[], minutes: number, write: (ask: Ask) => Promise<void>) {
  const earlier = (iso: string) => new Date(Date.parse(iso) - minutes * 60_000).toISOString();
  for (const ask of asks) {
    const { approval, asked_at } = ask;
    if (!approval) continue;
    const expires_at = earlier(approval.expires_at);
    await write({ ...ask, asked_at: earlier(asked_at), approval: { ...approval, expires_at } });
  }
}

rootTest(
  import.meta.url,
  "a night of 720 ticks with outages, a sleep, a limit, expiries and a full disk loses nothing",
  async () => {
    await using disk = await smallDisk(64);
    let [repo, errors, decisions, ticks] = [0, 0, 0, 0];
    const tickErrors = new TickErrors();
    await using loop = await providerLoop({
      dir: disk.path,
      files: { "goals/sites.md": RULES },
      config: {
        budget: {
          decides_per_hour: 60,
          workers: 8,
          usd_per_day: USD_PER_DAY,
          unknown_cost: "hold",
        },
      },
      sensors: {
        sites: () => ({ signal: "down" }),
        repo: () => ({ signal: repo }),
      },
    });
    const { profile } = loop;
    const outcomes: Record<string, number> = {};
    const modes = new Map(MODES);
    const decidedAt: number[] = [];
    let aged: string[] = [];
    for (let minute = 0; minute < END; minute++) {
      loop.at(minute);
      const mode = modes.get(minute);
      if (mode !== undefined) await loop.mode(mode);
      if (minute === FULL) await disk.fill();
      if (minute === FREE) await disk.empty();
      if (minute % EVERY === 0) repo++;
      if (minute >= ASLEEP && minute < AWAKE) continue;
      ticks++;
      let outcome: string;
      try {
        outcome = await loop.tick();
        await tickErrors.over(profile);
      } catch (error) {
        errors++;
        tickErrors.failed(messageOf(error), profile.clock.now());
        outcome = "error";
      }
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
      if (outcome === "moved") {
        decisions++;
        decidedAt.push(minute);
      }
      if (minute === 20) {
        const { asks } = await openAsks(profile);
        aged = asks.map(({ id }) => id);
        // They expire at minutes 320, in the sleep, and so at its end.
        await age(asks, 24 * 60 - 300, async (ask) => {
          await profile.write(`asks/${ask.id}.json`, JSON.stringify(ask));
        });
      }
    }
    const told = await loop.told();
    const kinds = Object.groupBy(told, (line) => line.slice(0, line.indexOf(" ")));
    const counts = Object.fromEntries(
      Object.entries(kinds).map(([kind, all]) => [kind, all?.length]),
    );
    const { total } = await sumSpend(profile);
    const calls = await loop.calls();
    const figures = {
      ticks,
      outcomes,
      errors,
      decisions,
      calls,
      usd: total.cost_usd,
      told: counts,
    };
    console.log(figures);

    assertEquals(ticks, 720);
    // Nothing is lost: the last change was decided, and so was one in each quarter of an hour without trouble.
    const { baseline, failure, parked } = await readState(profile);
    assertEquals(baseline?.["sensor:repo"].sha256, await sha256Hex(JSON.stringify(repo)));
    assertEquals([failure, parked], [null, null]);
    const free = (minute: number) =>
      [[60, 100], [200, 230], [ASLEEP, AWAKE], [400, 410], [500, 601], [FULL, FREE]]
        .every(([from, to]) => minute < from || minute >= to);
    for (let minute = 0; minute < END; minute += EVERY) {
      if (!free(minute)) continue;
      assert(decidedAt.some((at) => at >= minute && at < minute + EVERY), `minute ${minute}`);
    }
    // The first tick after each trouble decides.
    for (const minute of [100, 230, AWAKE, 410, 601]) {
      assert(
        decidedAt.includes(minute),
        `${minute}`,
      );
    }

    // Both approvals expired, are in the journal, and are requested again.
    assertEquals(aged.length, 2);
    const journal = await profile.read("journal.md");
    for (const id of aged) {
      assertEquals((await findAsk(profile, id))?.closed_by, "expired");
      assertEquals(journal.split(`approval ${id} expired without an answer`).length, 2);
    }
    // So is each trouble, also the short ones that are not reported.
    const timeAt = (minute: number) => {
      loop.at(minute);
      return localTime(profile.clock.now());
    };
    // A provider is noticed at the first change.
    const outages = [[60, 100], [200, 230], [400, 410], [500, 601]].map(([from, to]) => [
      Math.ceil(from / EVERY) * EVERY,
      to,
    ]);
    const troubles = [...outages, [FULL, FREE]].map((times) => times.map(timeAt).join());
    const found = [...journal.matchAll(/ again: \w+ failed from \S+ (\S+) to \S+ (\S+): /g)];
    assertEquals(found.map(([, from, to]) => `${from},${to}`), troubles);
    const open = (await listAsks(profile)).asks.map(({ approval }) => approval?.move.journal);
    assertEquals(open.sort(), ["restarts a", "restarts b"]);

    // Each trouble of 15 minutes or longer is reported once, and its end.
    assertEquals(counts, { approval: 4, expired: 2, failing: 2, parked: 1, recovered: 3 });
    assertEquals((await readDeliveries(profile)).pending, []);

    // The full disk was reported at each tick, and the money is within the budget.
    assertEquals([errors > 0, errors <= FREE - FULL], [true, true]);
    assert(total.cost_usd <= USD_PER_DAY && total.unknown_costs === 0, JSON.stringify(total));
    const expected = /No space left on device|^git is not installed/;
    assertEquals(profile.warnings.filter((text) => !expected.test(text)), []);
  },
);
