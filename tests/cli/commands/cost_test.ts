import { assertEquals } from "@std/assert";
import { renderCost } from "../../../src/cli/commands/cost.ts";
import { PLAIN } from "../../../src/cli/output/view.ts";
import type { Spend, SpendSum } from "../../../src/schema/ledger.ts";
import { tempWorker } from "../../inbox/temp_worker.ts";
import { cliOn } from "../../support/cli_on.ts";
import { type TempProfile, tempProfile } from "../../support/temp_profile.ts";

const add = (profile: TempProfile, ...args: string[]) => cliOn(profile, ["cost", "add", ...args]);

Deno.test("looop cost add notes what a worker says that it has spent", async () => {
  await using profile = await tempProfile();
  await tempWorker(profile, "fix-ci", { runner: "mine", goal: "build" });
  assertEquals(await add(profile, "looop-fix-ci", "0.42"), {
    status: 0,
    stdout: "recorded $0.42 for fix-ci\n",
    stderr: "",
  });
  await add(profile, "fix-ci", "0");
  const lines = (await profile.read("cost.jsonl")).trim().split("\n").map((line) =>
    JSON.parse(line)
  );
  assertEquals(lines.map(({ kind, id, goal, cost_usd }) => [kind, id, goal, cost_usd]), [
    ["worker", "fix-ci@g1", "build", 0.42],
    ["worker", "fix-ci@g1", "build", 0],
  ]);
});

Deno.test("looop cost add refuses what is no amount, and who is no worker", async () => {
  await using profile = await tempProfile();
  await tempWorker(profile, "fix-ci");
  for (const usd of ["", "NaN", "Infinity", "1e300", "0x10", "$1", "1,5", " 1"]) {
    assertEquals((await add(profile, "fix-ci", usd)).status, 2, usd);
  }
  assertEquals((await add(profile, "fix-ci", "--", "-1")).status, 2);
  assertEquals((await add(profile, "docs", "1")).status, 1);
  assertEquals((await add(profile, "fix-ci")).status, 2);
  assertEquals((await cliOn(profile, ["cost", "all", "3"])).status, 2);
  assertEquals(await profile.read("cost.jsonl").catch(() => "none"), "none");
});

function sum(calls: number, cost_usd: number, unknown_costs: number, input = 0): SpendSum {
  return {
    calls,
    cost_usd,
    unknown_costs,
    input_tokens: input,
    cached_input_tokens: 0,
    output_tokens: 0,
  };
}

const spend: Spend = {
  since: null,
  total: sum(3, 1.5, 1, 12_345),
  by_day: [{ key: "2026-11-23", ...sum(3, 1.5, 1, 12_345) }],
  by_kind: [{ key: "tick", ...sum(3, 1.5, 1, 12_345) }],
  by_runner: [{ key: "claude", ...sum(2, 1.5, 0, 345) }, {
    key: "codex\x1b[2J",
    ...sum(1, 0, 1, 12_000),
  }],
  by_model: [{ key: null, ...sum(3, 1.5, 1, 12_345) }],
  by_goal: [{ key: null, ...sum(3, 1.5, 1, 12_345) }],
  broken_lines: 0,
};

Deno.test("renderCost lines up numbers, and never passes off an unknown cost as nothing", () => {
  assertEquals(
    renderCost(spend, PLAIN),
    [
      "in total        calls               cost  tokens in  cached  out",
      "  total             3  $1.50 + 1 unknown     12,345       0    0",
      "",
      "by kind",
      "  tick              3  $1.50 + 1 unknown     12,345       0    0",
      "",
      "by runner",
      "  claude            2              $1.50        345       0    0",
      "  codex\\x1b[2J      1            unknown     12,000       0    0",
      "",
      "by model",
      "  (unknown)         3  $1.50 + 1 unknown     12,345       0    0",
      "",
      "by goal",
      "  (no goal)         3  $1.50 + 1 unknown     12,345       0    0",
      "",
      "by day",
      "  2026-11-23        3  $1.50 + 1 unknown     12,345       0    0",
      "",
    ].join("\n"),
  );
});

Deno.test("renderCost leaves out tokens, and cuts names, where the terminal is narrow", () => {
  const lines = renderCost(spend, { ...PLAIN, columns: 40 }).split("\n");
  assertEquals(lines.slice(0, 2), [
    "in total      calls               cost",
    "  total           3  $1.50 + 1 unknown",
  ]);
  assertEquals(lines[8], "  codex\\x1b…      1            unknown");
});

Deno.test("renderCost says when there was no call, and how many lines could not be read", () => {
  const none = {
    ...spend,
    since: new Date(2026, 10, 23).toISOString(),
    total: sum(0, 0, 0),
    broken_lines: 2,
  };
  assertEquals(
    renderCost(none, PLAIN),
    "no runner calls since 2026-11-23 00:00\n\nnot counted: 2 invalid lines of cost.jsonl\n",
  );
});
