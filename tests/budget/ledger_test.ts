import { assertEquals } from "@std/assert";
import { appendLedger, readLedger, type ReadLedgerInput } from "../../src/budget/ledger.ts";
import { recentDecides } from "../../src/budget/limits.ts";
import type { Profile } from "../../src/profile/profile.ts";
import type { LedgerLine } from "../../src/schema/ledger.ts";
import { tempProfile } from "../support/temp_profile.ts";

const LINE: LedgerLine = {
  ts: "2026-11-23T09:30:00.000Z",
  kind: "tick",
  id: "r1",
  goal: null,
  runner: "pi",
  model: "m",
  cost_usd: 0.5,
  input_tokens: 10,
  cached_input_tokens: 0,
  output_tokens: 5,
  duration_ms: 1200,
};

async function read(profile: Profile, input: ReadLedgerInput = {}): Promise<LedgerLine[]> {
  const lines: LedgerLine[] = [];
  for await (const some of readLedger(profile, input)) lines.push(...some);
  return lines;
}

Deno.test("readLedger gives back what appendLedger wrote, unknown cost as null", async () => {
  await using profile = await tempProfile();
  assertEquals(await read(profile), []);
  const unknown = { ...LINE, cost_usd: null, model: null };
  await appendLedger(profile, LINE);
  await appendLedger(profile, unknown);
  assertEquals(await read(profile), [LINE, unknown]);
});

for (
  const [what, archived, current, expected] of [
    ["a call that ended once", [], ["begun a", "a"], ["a"]],
    ["a call without an end, last", [], ["begun a", "begun b", "b"], ["b", "begun a"]],
    ["a call that was rotated before its end once", ["begun a"], ["a"], ["a"]],
    ["a call that was rotated and has no end", ["begun a"], ["b"], ["b", "begun a"]],
    ["an end whose begin is not there", [], ["a"], ["a"]],
  ] as const
) {
  Deno.test(`readLedger gives ${what}`, async () => {
    await using profile = await tempProfile();
    const text = (names: readonly string[]) =>
      names.map((name) => {
        const begun = name.startsWith("begun ") ? { begun: true, cost_usd: null } : {};
        const line = { ...LINE, ...begun, call: name.replace("begun ", "") };
        return `${JSON.stringify(line)}\n`;
      }).join("");
    await profile.write("archive/cost-2026-11-01.jsonl", text(archived));
    await profile.write("cost.jsonl", text(current));
    const lines = await read(profile);
    assertEquals(lines.map(({ call, begun }) => begun ? `begun ${call}` : call), [...expected]);
  });
}

Deno.test("recentDecides counts each call of a decision, and those that began and have no end", async () => {
  const clock = { now: () => new Date("2026-11-23T09:40:00.000Z"), sleep: () => Promise.resolve() };
  await using profile = await tempProfile({ clock });
  await appendLedger(profile, { ...LINE, call: "r1-1" });
  await appendLedger(profile, { ...LINE, call: "r1-2" });
  await appendLedger(profile, { ...LINE, id: "r2", call: "r2-1", cost_usd: null, begun: true });
  await appendLedger(profile, { ...LINE, kind: "worker", id: "w" });
  assertEquals((await recentDecides(profile)).length, 3);
});

Deno.test("readLedger reads older lines, and tells of torn and foreign ones", async () => {
  await using profile = await tempProfile();
  const old =
    `{"ts":"2025-01-02T03:04:05Z","kind":"run","id":"x","runner":"claude","cost_usd":0.25}`;
  const bad = [`{"ts":"2026-11-2`, "null", "[]", `{"ts":1}`, "garbage", `{"cost_usd":"1"}`];
  await profile.write("cost.jsonl", [old, ...bad, "", JSON.stringify(LINE), ""].join("\n"));
  const broken: string[] = [];
  assertEquals(await read(profile, { onBroken: (line) => broken.push(line) }), [
    {
      ...LINE,
      ts: "2025-01-02T03:04:05Z",
      kind: "run",
      id: "x",
      runner: "claude",
      model: null,
      cost_usd: 0.25,
      input_tokens: null,
      cached_input_tokens: null,
      output_tokens: null,
      duration_ms: null,
    },
    LINE,
  ]);
  assertEquals(broken, bad);
});

Deno.test("readLedger since a time finds every line of a ledger longer than one look", async () => {
  await using profile = await tempProfile();
  const at = (i: number) => new Date(Date.UTC(2026, 0, 1) + i * 60_000);
  const lines = Array.from({ length: 5000 }, (_, i) => ({ ...LINE, ts: at(i).toISOString() }));
  await profile.write("cost.jsonl", lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  for (const from of [0, 1, 3500, 4999, 5000]) {
    assertEquals((await read(profile, { since: at(from) })).length, 5000 - from);
  }
});

Deno.test("readLedger takes no amount below 0 or without end, and no line without a time", async () => {
  await using profile = await tempProfile();
  const good = JSON.stringify({ ...LINE, cost_usd: 0 });
  const bad = [
    good.replace('"cost_usd":0', '"cost_usd":-5'),
    good.replace('"cost_usd":0', '"cost_usd":1e999'),
    good.replace('"cost_usd":0', '"cost_usd":1e999,"extra":1').replace('"goal":', '"gaol":'),
    JSON.stringify({ ...LINE, input_tokens: -1 }),
    JSON.stringify({ ...LINE, ts: "yesterday" }),
  ];
  await profile.write("cost.jsonl", [...bad, good].join("\n"));
  const broken: string[] = [];
  const lines = await read(profile, { onBroken: (line) => void broken.push(line) });
  assertEquals([lines.length, broken], [1, bad]);
});

Deno.test("readLedger since a time never takes the rest of a line that its first read cuts for a line", async () => {
  await using profile = await tempProfile();
  const line = (ts: string, more = {}) => JSON.stringify({ ...LINE, ts, ...more }) + "\n";
  const [old, recent] = ["2026-11-22T12:00:00.000Z", "2026-11-23T12:00:00.000Z"];
  // The file's last 64 KiB begin behind the mark with which a user disabled a line.
  const disabled = line(old);
  const bare = line(recent, { id: "" }).length;
  const padding = "x".repeat(65_536 - disabled.length - bare);
  await profile.write(
    "cost.jsonl",
    [line(old), "#", disabled, line(recent, { id: padding })].join(""),
  );
  const broken: string[] = [];
  const since = new Date("2026-11-23T00:00:00.000Z");
  const lines = await read(profile, { since, onBroken: (text) => void broken.push(text) });
  assertEquals(lines.map(({ id }) => id.length), [padding.length]);
  assertEquals(broken, [`#${disabled.trimEnd()}`]);
});

for (
  const [field, values] of [
    ["ts", [null, 1, "", "yesterday"]],
    ["kind", [null, 1, "", "decision"]],
    ["id", [null, 1]],
    ["goal", [1, {}]],
    ["runner", [null, 1]],
    ["model", [1, {}]],
    ["cost_usd", ["1", -0.01, {}]],
    ["input_tokens", ["1", -1, {}]],
    ["cached_input_tokens", ["1", -1, {}]],
    ["output_tokens", ["1", -1, {}]],
    ["duration_ms", ["1", -1, {}]],
  ] as [keyof LedgerLine, unknown[]][]
) {
  Deno.test(`readLedger reports a line whose ${field} is not valid`, async () => {
    await using profile = await tempProfile();
    const bad = values.map((value) => JSON.stringify({ ...LINE, [field]: value }));
    await profile.write("cost.jsonl", [...bad, JSON.stringify(LINE), ""].join("\n"));
    const broken: string[] = [];
    const lines = await read(profile, { onBroken: (line) => void broken.push(line) });
    assertEquals([lines, broken], [[LINE], bad]);
  });
}

Deno.test("readLedger since a time tells of broken lines that are not surely older", async () => {
  await using profile = await tempProfile();
  const line = (ts: string) => JSON.stringify({ ...LINE, ts });
  const told = async (...lines: string[]) => {
    await profile.write("cost.jsonl", lines.map((text) => `${text}\n`).join(""));
    const broken: string[] = [];
    const since = new Date("2026-11-23T00:00:00.000Z");
    await read(profile, { since, onBroken: (text) => broken.push(text) });
    return broken;
  };
  const [old, recent] = [line("2026-11-22T23:59:59.000Z"), line("2026-11-23T00:00:00.000Z")];
  assertEquals(await told("garbage", old, recent), []);
  assertEquals(await told(old, "garbage", recent, "torn"), ["garbage", "torn"]);
  assertEquals(await told(old, old.slice(0, 60), recent), []);
  assertEquals(await told(old, recent.slice(0, 60)), [recent.slice(0, 60)]);
});
