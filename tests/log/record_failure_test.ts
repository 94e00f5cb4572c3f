import { assertEquals } from "@std/assert";
import { recordFailure } from "../../src/log/no_move.ts";
import { ensureProfile } from "../../src/profile/ensure.ts";
import { readState, writeState } from "../../src/profile/state.ts";
import type { Decided, DecideError } from "../../src/schema/decision.ts";
import { INITIAL_STATE, type Parked } from "../../src/schema/state.ts";
import { git } from "../support/git.ts";
import { type TempProfile, tempProfile } from "../support/temp_profile.ts";

const RUN = "20261123t093000-deadbeef";
const NOW = "2026-11-23T09:30:00.000Z";

async function prepared(): Promise<TempProfile> {
  const clock = { now: () => new Date(NOW), sleep: () => Promise.resolve() };
  const profile = await tempProfile({ clock });
  await ensureProfile(profile);
  return profile;
}

function failed(error: DecideError, tainted = false): Decided & { kind: "failed" } {
  return { kind: "failed", error, tainted, fired: { "tea/rule-1": "d" }, calls: [] };
}

const EXIT: DecideError = { kind: "exit", message: "status 1:\n  gone" };

Deno.test("recordFailure records why in state, git and events, and leaves the rest of the state", async () => {
  await using profile = await prepared();
  const before = { ...INITIAL_STATE, baseline: {}, again: true, noop_at: "t" };
  await writeState(profile, before);
  await profile.write("cost.jsonl", "x");
  assertEquals(await recordFailure(profile, RUN, "w", failed(EXIT, true)), null);
  assertEquals(await readState(profile), {
    ...before,
    fired: { "tea/rule-1": "d" },
    tainted: true,
    failure: { world: "w", count: 0, why: "status 1:   gone", at: NOW, since: NOW },
    decided_at: NOW,
  });
  assertEquals(
    await git(profile.paths.dataDir, "show", "--format=%s%n%b", "--name-only", "HEAD"),
    `no decision, status 1:   gone\nLooop-Run: ${RUN}\n\n\ncost.jsonl\nstate.json`,
  );
  assertEquals(JSON.parse((await profile.read("events.jsonl")).trim().split("\n").at(-1)!), {
    ...{ ts: NOW, event: "failure", run: RUN, kind: "exit" },
    ...{ why: "status 1:   gone", count: 0 },
  });
});

const REFUSED: DecideError = { kind: "refused", message: "no move" };

Deno.test("recordFailure counts the invalid answers on one world, parks at the third, and counts anew on another", async () => {
  await using profile = await prepared();
  const counts: unknown[] = [];
  for (const world of ["v", "w", "w", "w", "x"]) {
    const parked = await recordFailure(profile, RUN, world, failed(REFUSED));
    counts.push([(await readState(profile)).failure?.count, parked?.kind]);
  }
  assertEquals(counts, [[1, undefined], [1, undefined], [2, undefined], [3, "failures"], [
    1,
    undefined,
  ]]);
});

for (const kind of ["exit", "model", "timeout", "empty"] as const) {
  Deno.test(`recordFailure never parks for errors of kind ${kind}, and does not count them as answers`, async () => {
    await using profile = await prepared();
    const passing = failed({ kind, message: "x" });
    for (let i = 0; i < 4; i++) assertEquals(await recordFailure(profile, RUN, "w", passing), null);
    assertEquals((await readState(profile)).failure?.count, 0);
    // Nor do they make invalid answers forgotten.
    for (const [error, count] of [[REFUSED, 1], [REFUSED, 2], [EXIT, 2]] as const) {
      assertEquals(await recordFailure(profile, RUN, "w", failed(error)), null);
      assertEquals((await readState(profile)).failure?.count, count);
    }
    assertEquals((await recordFailure(profile, RUN, "w", failed(REFUSED)))?.kind, "failures");
    // The park is over; this attempt failed for another reason.
    assertEquals(await recordFailure(profile, RUN, "w", passing), null);
  });
}

Deno.test("recordFailure stores the newest 50 runs", async () => {
  await using profile = await prepared();
  const names = Array.from({ length: 51 }, (_, index) => `20200101t0000${index + 10}-0000`);
  for (const name of names) await profile.write(`runs/${name}/prompt.md`, "x");
  await recordFailure(profile, RUN, "w", failed(EXIT));
  const left = [...Deno.readDirSync(profile.paths.runs)].map(({ name }) => name).sort();
  assertEquals(left, names.slice(1));
});

const SOON = "2026-11-23T09:35:00.000Z";
const LATER = "2026-11-23T10:00:00.000Z";

const rows: [title: string, error: DecideError, parked: Partial<Parked> | null][] = [
  ["parks for refused credentials", { kind: "auth", message: "no\nkey" }, {
    ...{ kind: "auth", why: "no key", until: LATER },
  }],
  ["ignores a time with refused credentials", { kind: "auth", message: "x", retry_at: NOW }, {
    ...{ kind: "auth", why: "x", until: LATER },
  }],
  ["parks until a rate limit ends", { kind: "rate_limit", message: "a\nb", retry_at: LATER }, {
    ...{ kind: "rate_limit", why: "a b", until: LATER },
  }],
  ["parks for 5 minutes for a rate limit without an end", { kind: "rate_limit", message: "x" }, {
    ...{ kind: "rate_limit", why: "x", until: SOON },
  }],
  ["parks for 5 minutes for a rate limit that is over", {
    ...{ kind: "rate_limit", message: "x", retry_at: NOW },
  }, { ...{ kind: "rate_limit", why: "x", until: SOON } }],
  ["does not park for another error with a time", { ...EXIT, retry_at: LATER }, null],
];

for (const [title, error, parked] of rows) {
  Deno.test(`recordFailure ${title}`, async () => {
    await using profile = await prepared();
    const reported = await recordFailure(profile, RUN, "w", failed(error));
    const here = { world: "w", config: profile.configDigest };
    assertEquals(reported, parked && { ...here, ...parked } as Parked);
    assertEquals((await readState(profile)).parked, reported);
  });
}
