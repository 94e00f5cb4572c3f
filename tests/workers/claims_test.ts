import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { UserError } from "../../src/schema/errors.ts";
import { localDateTime } from "../../src/schema/text.ts";
import type { WorkerState } from "../../src/schema/worker.ts";
import { claim, listClaims, reapClaims, unclaim } from "../../src/workers/claims.ts";
import { tempProfile } from "../support/temp_profile.ts";

const since = "2026-11-23T09:00:00.000Z";

Deno.test("claim gives a task to exactly one of 50 workers that claim it at once", async () => {
  await using profile = await tempProfile();
  const ids = Array.from({ length: 50 }, (_, i) => `w-${i}`);
  const results = await Promise.all(ids.map((id) => claim(profile, "issue-7", id)));
  const winners = results.flatMap((result) => result.claimed ? [result.claim] : []);
  assertEquals(winners.length, 1);
  for (const result of results) {
    const { session, since } = winners[0];
    const why = `issue-7 is claimed by ${session} since ${localDateTime(since)}`;
    assertEquals(
      result,
      result.claimed ? { claimed: true, claim: winners[0] } : { claimed: false, why },
    );
  }
  const { claims, broken } = await listClaims(profile);
  assertEquals([claims, broken], [winners, []]);
  const left = [...Deno.readDirSync(profile.paths.claims)].map((entry) => entry.name);
  assertEquals(left, ["issue-7.json"]);
});

Deno.test("claim by its holder is fine, by another is refused with the holder's name", async () => {
  await using profile = await tempProfile();
  const first = await claim(profile, "issue-7", "fix-ci");
  assert(first.claimed);
  assertEquals(await claim(profile, "issue-7", "fix-ci"), first);
  assertEquals(await claim(profile, "issue-7", "fix"), {
    claimed: false,
    why: `issue-7 is claimed by fix-ci since ${localDateTime(first.claim.since)}`,
  });
});

Deno.test("unclaim lets the holder alone give up a claim, or anyone who names no worker", async () => {
  await using profile = await tempProfile();
  await claim(profile, "issue-7", "fix-ci");
  const error = await assertRejects(() => unclaim(profile, "issue-7", "fix"), UserError);
  assertEquals(error.message, "cannot unclaim issue-7 for fix: fix-ci holds it");
  assertEquals(await unclaim(profile, "issue-7", "fix-ci"), true);
  assertEquals(await unclaim(profile, "issue-7", "fix-ci"), false);
  await claim(profile, "issue-7", "fix");
  assertEquals(await unclaim(profile, "issue-7"), true);
});

Deno.test("claim and unclaim of one task by 20 workers in turn never have two holders", async () => {
  await using profile = await tempProfile();
  let holders = 0;
  let rounds = 0;
  await Promise.all(Array.from({ length: 20 }, async (_, i) => {
    for (let turn = 0; turn < 10; turn++) {
      if (!(await claim(profile, "hot", `w-${i}`)).claimed) continue;
      assertEquals(++holders, 1);
      rounds++;
      await listClaims(profile);
      holders--;
      assertEquals(await unclaim(profile, "hot", `w-${i}`), true);
    }
  }));
  assert(rounds > 0);
  assertEquals((await listClaims(profile)).claims, []);
});

Deno.test("a claim written by hand counts, under the name of its file", async () => {
  await using profile = await tempProfile({
    files: {
      "claims/issue-1.json": JSON.stringify({ session: "fix-ci", since }),
      "claims/issue-2.json": JSON.stringify({ session: "fix", name: "issue-1", since, note: "x" }),
      // Without its end it has the name of a claim.
      "claims/issue-1.text": "not a claim",
    },
  });
  assertEquals((await listClaims(profile)).claims, [
    { name: "issue-1", session: "fix-ci", since },
    { name: "issue-2", session: "fix", since },
  ]);
  assertEquals((await claim(profile, "issue-1", "fix")).claimed, false);
  assertEquals((await claim(profile, "issue-2", "fix")).claimed, true);
});

Deno.test("malformed claim files are told of, hold their claim, and are left alone", async () => {
  const files = {
    "claims/a.json": "not json",
    "claims/b.json": "[]",
    "claims/c.json": JSON.stringify({ session: "../x", since }),
    "claims/d.json": JSON.stringify({ session: "fix" }),
    "claims/e.json": JSON.stringify({ session: "fix", since: "yesterday" }),
    "claims/f g.json": JSON.stringify({ session: "fix", since }),
    "claims/h.json": "x".repeat(20_000),
    "claims/notes.txt": "not a claim at all",
  };
  await using profile = await tempProfile({ files });
  await Deno.mkdir(`${profile.paths.claims}/i.json`);
  await Deno.symlink("/nowhere", `${profile.paths.claims}/j.json`);
  const { claims, broken } = await listClaims(profile);
  assertEquals(claims, []);
  assertEquals(broken.map((line) => line.split(":")[0]), [
    ...["a", "b", "c", "d", "e"].map((name) => `claims/${name}.json is not a claim`),
    'cannot name a claim "f g"',
    "claims/h.json is not a claim",
    "claims/i.json is not a claim",
    "claims/j.json is not a claim",
  ]);
  const refused = await claim(profile, "a", "fix");
  assert(!refused.claimed);
  assertStringIncludes(refused.why, "claims/a.json is not a claim: ");
  await assertRejects(() => unclaim(profile, "a"), UserError, "is not a claim");
  await reapClaims(profile, new Map([["fix", "done"]]));
  for (const [path, text] of Object.entries(files)) assertEquals(await profile.read(path), text);
});

Deno.test("reapClaims releases the claims of ended workers alone", async () => {
  const states: WorkerState[] = [
    ...["running", "waiting", "stuck", "done", "failed", "orphaned", "lost"] as const,
  ];
  await using profile = await tempProfile();
  for (const state of states) await claim(profile, `of-${state}`, state);
  await claim(profile, "of-stranger", "stranger");
  const fleet = new Map(states.map((state) => [state as string, state]));
  const reaped = await reapClaims(profile, fleet);
  assertEquals(reaped.map((claim) => claim.name), ["of-done", "of-failed", "of-lost"]);
  assertEquals((await listClaims(profile)).claims.map((claim) => claim.name), [
    "of-orphaned",
    "of-running",
    "of-stranger",
    "of-stuck",
    "of-waiting",
  ]);
});

Deno.test("claim refuses names that are none", async () => {
  await using profile = await tempProfile();
  for (const name of ["", "../x", "A", "a b", "a".repeat(65), "x.y"]) {
    await assertRejects(() => claim(profile, name, "fix"), UserError, "cannot name a claim");
    await assertRejects(() => unclaim(profile, name), UserError, "cannot name a claim");
  }
  await assertRejects(() => claim(profile, "x", "../y"), UserError, "that is not a worker id");
});

Deno.test("claim, unclaim and reapClaims each append an event", async () => {
  await using profile = await tempProfile();
  await claim(profile, "one", "fix-ci");
  await claim(profile, "one", "fix-ci");
  await claim(profile, "one", "fix");
  await claim(profile, "two", "fix");
  await unclaim(profile, "one", "fix-ci");
  await reapClaims(profile, new Map([["fix", "lost"]]));
  const events = (await profile.read("events.jsonl")).trimEnd().split("\n");
  assertEquals(events.map((line) => ({ ...JSON.parse(line), ts: null })), [
    { ts: null, event: "claim", claim: "one", worker: "fix-ci" },
    { ts: null, event: "claim", claim: "two", worker: "fix" },
    { ts: null, event: "unclaim", claim: "one", worker: "fix-ci" },
    { ts: null, event: "reaped", claim: "two", worker: "fix" },
  ]);
});

Deno.test("claim reports why it cannot make its file", async () => {
  await using profile = await tempProfile();
  await Deno.remove(profile.paths.claims);
  const path = `${profile.paths.claims}/issue-7.json`;
  await assertRejects(() => claim(profile, "issue-7", "fix"), UserError, `cannot make ${path}: `);
});

Deno.test("listClaims passes over hidden files, and reads the first 1000 of more", async () => {
  await using profile = await tempProfile();
  const hidden = `${profile.paths.claims}/.issue-1.json`;
  await Deno.writeTextFile(hidden, JSON.stringify({ session: "fix", since }));
  assertEquals(await listClaims(profile), { claims: [], broken: [] });
  await Deno.remove(hidden);
  for (let i = 1000; i < 2000; i++) {
    const path = `${profile.paths.claims}/n-${i}.json`;
    Deno.writeTextFileSync(path, JSON.stringify({ session: "fix", since }));
  }
  const { claims, broken } = await listClaims(profile);
  assertEquals([claims.length, broken], [1000, []]);
  await Deno.writeTextFile(`${profile.paths.claims}/a.json`, "");
  const more = await listClaims(profile);
  assertEquals(more.claims.map(({ name }) => name), claims.slice(0, 999).map(({ name }) => name));
  assertEquals(more.broken[0], "claims/ has more than 1000 files, of which 1000 are read");
});

Deno.test("listClaims names the first 20 invalid files, and counts the others", async () => {
  await using profile = await tempProfile();
  for (let i = 10; i < 60; i++) await profile.write(`claims/n-${i}.json`, "");
  const { claims, broken } = await listClaims(profile);
  assertEquals([claims, broken.length], [[], 21]);
  assertStringIncludes(broken[19], "claims/n-29.json is not a claim");
  assertEquals(broken[20], "30 more files in claims/ are not claims");
});
