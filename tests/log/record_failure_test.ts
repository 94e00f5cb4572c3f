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
    failure: { world: "w", count: 1, why: "exit: status 1:   gone", at: NOW },
    decided_at: NOW,
  });
  assertEquals(
    await git(profile.paths.dataDir, "show", "--format=%s%n%b", "--name-only", "HEAD"),
    `no decision, exit: status 1:   gone\nLooop-Run: ${RUN}\n\n\ncost.jsonl\nstate.json`,
  );
  assertEquals(JSON.parse((await profile.read("events.jsonl")).trim().split("\n").at(-1)!), {
    ...{ ts: NOW, event: "failure", run: RUN, kind: "exit" },
    ...{ why: "exit: status 1:   gone", count: 1 },
  });
});

Deno.test("recordFailure counts the failures on one world, parks at the third, and counts anew on another", async () => {
  await using profile = await prepared();
  const counts: unknown[] = [];
  for (const world of ["v", "w", "w", "w", "x"]) {
    const parked = await recordFailure(profile, RUN, world, failed(EXIT));
    counts.push([(await readState(profile)).failure?.count, parked?.kind]);
  }
  assertEquals(counts, [[1, undefined], [1, undefined], [2, undefined], [3, "failures"], [
    1,
    undefined,
  ]]);
});

Deno.test("recordFailure stores the newest 50 runs", async () => {
  await using profile = await prepared();
  const names = Array.from({ length: 51 }, (_, index) => `20200101t0000${index + 10}-0000`);
  for (const name of names) await profile.write(`runs/${name}/prompt.md`, "x");
  await recordFailure(profile, RUN, "w", failed(EXIT));
  const left = [...Deno.readDirSync(profile.paths.runs)].map(({ name }) => name).sort();
  assertEquals(left, names.slice(1));
});

const LATER = "2026-11-23T10:00:00.000Z";

const rows: [title: string, error: DecideError, parked: Partial<Parked> | null][] = [
  ["parks for refused credentials", { kind: "auth", message: "no\nkey" }, {
    ...{ kind: "auth", why: "no key" },
  }],
  ["ignores a time with refused credentials", { kind: "auth", message: "x", retry_at: LATER }, {
    ...{ kind: "auth", why: "x" },
  }],
  ["parks until a rate limit ends", { kind: "rate_limit", message: "a\nb", retry_at: LATER }, {
    ...{ kind: "rate_limit", why: "a b", until: LATER },
  }],
  ["does not park for a rate limit without an end", { kind: "rate_limit", message: "x" }, null],
  ["does not park for a rate limit that is over", {
    ...{ kind: "rate_limit", message: "x", retry_at: NOW },
  }, null],
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
