import { parseFile } from "../profile/parse_file.ts";
import { journalTail } from "../profile/journal.ts";
import { readState } from "../profile/state_file.ts";
import { lastTickSchema } from "../model/last_tick.ts";
import { listAsks } from "../humans/ask_files.ts";
import { listClaims } from "../workers/list_claims.ts";
import type { Profile } from "../profile/profile.ts";
import type { Check } from "./check.ts";
import { fail, type Finding, ok, warn } from "./finding.ts";

/** So far in the future, in milliseconds, a stamp is no matter of rounding. */
const TOLERANCE_MS = 120_000;
/** Before looop was made no clock is right. */
const LEAST_YEAR = 2025;

/** Looks at whether the clock was set back since something was written down. */
export const checkClock: Check = {
  name: "clock",
  async run({ profile }) {
    const now = profile.clock.now();
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    const shown = `${now.toISOString().slice(0, 16)}Z, time zone ${zone}`;
    if (now.getFullYear() < LEAST_YEAR) return [fail("clock", `it says ${shown}`, "date -s …")];
    const late = (await stampsOf(profile))
      .filter(({ at }) => at - now.getTime() > TOLERANCE_MS)
      .map(({ what, at }) => fromFuture(what, at));
    return late.length > 0 ? late : [ok("clock", shown)];
  },
};

function fromFuture(what: string, at: number): Finding {
  const found = `${what} is of ${new Date(at).toISOString()}, which is still to come`;
  return warn("clock", found, "date (if that is right, the clock was wrong then)");
}

interface Stamp {
  what: string;
  /** Milliseconds since 1970; `NaN` where it is no time. */
  at: number;
}

/** What cannot be read is told by the check whose business it is. */
async function stampsOf(profile: Profile): Promise<Stamp[]> {
  const { paths } = profile;
  const state = await readState(profile).catch(() => null);
  const tick = await parseFile(paths.lastTick, lastTickSchema, "").catch(() => null);
  const [line = ""] = await journalTail(profile, 1).catch(() => []);
  const { asks } = await listAsks(profile).catch(() => ({ asks: [] }));
  const { claims } = await listClaims(profile).catch(() => ({ claims: [] }));
  return [
    { what: "the last tick", at: Date.parse(tick?.at ?? "") },
    { what: "the last decision in state.json", at: Date.parse(state?.decided_at ?? "") },
    { what: "the last line of journal.md", at: localTime(line) },
    ...asks.map(({ id, asked_at }) => ({ what: `ask ${id}`, at: Date.parse(asked_at) })),
    ...claims.map(({ name, since }) => ({ what: `claims/${name}.json`, at: Date.parse(since) })),
  ];
}

/** The journal has the host's local time, in minutes. */
function localTime(line: string): number {
  const [, day, time] = /^- (\d{4}-\d\d-\d\d) (\d\d:\d\d) /.exec(line) ?? [];
  return day === undefined ? NaN : new Date(`${day}T${time}:00`).getTime();
}
