import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { recordOverBudget } from "../../src/log/over_budget.ts";
import { INITIAL_STATE } from "../../src/schema/state.ts";
import { soundProfile, wrong } from "./examine.ts";
import { addMinutes } from "./minutes.ts";
import { quoteWord } from "../../src/schema/text.ts";

Deno.test("doctor tells why nothing is decided: parked, paused, held", async () => {
  await using profile = await soundProfile({ config: { budget: HELD } });
  const parked = { kind: "auth", why: "claude: 401", world: "w", config: "c" };
  await profile.write("state.json", JSON.stringify({ ...INITIAL_STATE, parked }));
  const over = { budget: "decides_per_hour", why: "w" } as const;
  const { id } = await recordOverBudget(profile, over, "r-1");
  await profile.write(".looop/paused", "");
  assertEquals(await wrong(profile), [
    ["state", "warn", "parked: claude: 401", "looop resume"],
    [
      "state",
      "warn",
      "over budget: 0 runner calls within an hour, the limit is 0 (budget.decides_per_hour)",
      `looop answer ${id} lift`,
    ],
    ["state", "warn", "paused", "looop resume"],
  ]);
});

const HELD = { decides_per_hour: 0, workers: 8, unknown_cost: "hold" } as const;

Deno.test("doctor warns of a move that a crash cut off", async () => {
  await using profile = await soundProfile();
  await profile.write(".looop/intent.json", JSON.stringify(INTENT));
  assertEquals(await wrong(profile), [
    [
      "state",
      "warn",
      "the move of run r-1 (noop) was interrupted",
      "looop tick, which completes it",
    ],
  ]);
});

Deno.test("doctor fails on files of the loop's own that cannot be read, with what mends each", async () => {
  await using profile = await soundProfile();
  const { state, intent, lastTick, dataDir } = profile.paths;
  for (const path of [state, intent, lastTick]) await Deno.writeTextFile(path, "[");
  const why = "is not valid JSON: Unexpected end of JSON input";
  assertEquals(await wrong(profile), [
    ["pulse", "fail", `${lastTick} ${why}`, "looop tick"],
    [
      "state",
      "fail",
      `${state} ${why}`,
      `Restore it (git -C ${
        quoteWord(dataDir)
      } checkout HEAD -- state.json), or delete it: then the next tick decides anew.`,
    ],
    [
      "state",
      "fail",
      `${intent} ${why}`,
      `Check in journal.md whether that move was applied, then delete ${intent}.`,
    ],
  ]);
});

Deno.test("doctor warns of torn lines in journal, ledger and events, naming the first", async () => {
  await using profile = await soundProfile();
  const { journal, ledger, events } = profile.paths;
  await profile.write("journal.md", "notes of mine\n- 2026-11-23 09:30 noop\n- 2026-11-2\n");
  const line = { ts: "2026-11-23T09:30:00Z", kind: "tick", id: "1", runner: "pi", cost_usd: 0.02 };
  await profile.write("cost.jsonl", `${JSON.stringify(line)}\n{"ts":"20\n{}\n`);
  await profile.write("events.jsonl", '{"ts":"x","event":"move"}\n{"ts":"x","event":"move"}');
  assertEquals(await wrong(profile), [
    [
      "records",
      "warn",
      "line 3 of journal.md is damaged: looop only shows it",
      `edit line 3 of ${journal}`,
    ],
    [
      "records",
      "warn",
      "2 lines of cost.jsonl are damaged: each counts as an unknown cost",
      `edit line 2 of ${ledger}`,
    ],
    [
      "records",
      "warn",
      "the last line of events.jsonl has no line end; the next write adds it",
      `echo >> ${quoteWord(events)}`,
    ],
  ]);
});

Deno.test("doctor fails on asks that do not parse, and warns of approvals that ran out", async () => {
  await using profile = await soundProfile();
  const { asks } = profile.paths;
  await profile.write("asks/torn.json", "[");
  const at = addMinutes(new Date(), -5).toISOString();
  await profile.write("asks/a1.json", approval("a1", at));
  await profile.write("asks/a2.json", approval("a2", addMinutes(new Date(), 5).toISOString()));
  assertEquals(await wrong(profile), [
    [
      "asks",
      "fail",
      "asks/torn.json is not valid JSON: Unexpected end of JSON input",
      `fix ${join(asks, "torn.json")}, or remove it`,
    ],
    [
      "asks",
      "warn",
      `approval a1 expired at ${at}; the next tick closes it`,
      "looop tick, which asks again if needed",
    ],
  ]);
});

Deno.test("doctor warns of locks that a killed git left, not of one in use, and fails on a broken repository", async () => {
  await using profile = await soundProfile();
  const git = join(profile.paths.dataDir, ".git");
  const stale = join(git, "index.lock");
  await touch(stale, -2);
  await touch(join(git, "HEAD.lock"), 0);
  assertEquals(await wrong(profile), [
    ["history", "warn", `a killed git left ${stale}`, `rm ${quoteWord(stale)}`],
  ]);
  await Deno.remove(stale);
  const head = (await Deno.readTextFile(join(git, "refs", "heads", "main"))).trim();
  await Deno.remove(join(git, "objects", head.slice(0, 2), head.slice(2)));
  assertEquals(await wrong(profile), [[
    "history",
    "fail",
    `git fsck: error: refs/heads/main: invalid sha1 pointer ${head}`,
    `git -C ${quoteWord(profile.paths.dataDir)} fsck`,
  ]]);
});

const INTENT = {
  run_id: "r-1",
  at: "2026-11-23T09:30:00.000Z",
  by: "runner",
  source: "pi",
  move: { action: "noop", reason: "r", journal: "j" },
  verdict: { then: "allow", rule: "noop", why: "" },
  argv: null,
  tainted: false,
  digests: {},
  world: "w",
  baseline: null,
  fired: null,
  closes: [],
  journal_bytes: 0,
};

async function touch(path: string, minutes: number): Promise<void> {
  await Deno.writeTextFile(path, "");
  const at = addMinutes(new Date(), minutes);
  await Deno.utime(path, at, at);
}

function approval(id: string, expires_at: string): string {
  const move = { action: "noop", reason: "r", journal: "j" };
  const parts = { move, move_sha256: "0", digests: {}, preview: "p", expires_at };
  const at = addMinutes(new Date(), -60).toISOString();
  const ask = { id, kind: "approval", question: "?", asked_at: at, run_id: "r", approval: parts };
  return JSON.stringify(ask);
}
