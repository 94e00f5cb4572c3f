import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { localDay } from "../../src/schema/text.ts";
import { cliOn } from "../support/cli_on.ts";
import { decided } from "../support/decided_profile.ts";

Deno.test("looop report sums up moves, workers, failures, asks, cost and finished goals since a time", async () => {
  await using profile = await decided();
  const ended = async (id: string, passed: boolean | null, exit_code = 0) => {
    const generation = `20261123t093000-${id}`;
    const files = {
      "worker.json": {
        ...{ id, generation, started_at: new Date().toISOString(), runner: "mine", goal: "tea" },
        ...{ run_id: null, verify: passed === null ? null : "true", wrapper: null },
      },
      "exit.json": { exit_code, at: new Date().toISOString(), how: "exited" },
      ...passed === null ? {} : {
        "verification.json": { passed, exit_code: passed ? 0 : 1, output_tail: "" },
      },
    };
    for (const [name, file] of Object.entries(files)) {
      await profile.write(`workers/ended/${generation}/${name}`, JSON.stringify(file));
    }
  };
  await ended("proved", true);
  await ended("claimed", null);
  await ended("wrong", false);
  await ended("broken", null, 3);
  await cliOn(profile, ["goal", "archive", "tea", "--note", "all drunk"]);
  const year = new Date().getUTCFullYear() + 2;
  await profile.write("goals/ship.md", `---\ngoal: Ship\ndue: ${year}-03-01T12:00:00Z\n---\n`);
  await profile.write("schedules/tidy.yaml", `at: ${year}-02-01T09:00\ntz: UTC\nnote: Tidy up\n`);
  await profile.write("schedules/over.yaml", "at: 2020-02-01T09:00\ntz: UTC\n");
  const json = JSON.parse((await cliOn(profile, ["report", "--json"])).stdout);
  assertEquals(json.done.map(({ text }: { text: string }) => text.replace(/\(.*/, "")), [
    "read the log",
    "red: tea ",
  ]);
  assertEquals(json.workers.map(({ id }: { id: string }) => id)[0], "proved");
  assertEquals(json.failed.map(({ times }: { times: number }) => times), [1]);
  assertEquals([json.asked.length, json.answered.map(({ answer }: { answer: string }) => answer)], [
    1,
    ["yes"],
  ]);
  assertEquals([json.spent.calls, json.spent.unknown_costs, json.spent.cost_usd], [4, 2, 0.0246]);
  assertEquals(
    json.finished_goals.map(({ id, cost_usd, why }: Record<string, unknown>) => {
      return [id, cost_usd, why];
    }),
    [["tea", 0.0123, "archived goals/tea.md: all drunk"]],
  );
  assertEquals(json.next_due, [
    { at: `${year}-02-01T09:00:00.000Z`, what: "schedule tidy: Tidy up" },
    { at: `${year}-03-01T12:00:00.000Z`, what: "goal ship" },
  ]);
  const { stdout } = await cliOn(profile, ["report", "--since", "2h"]);
  const parts = stdout.split("\n\n").map((part) => part.split("\n")[0]);
  assertEquals(parts.slice(1), [
    ...["done and verified", "done", "failed", "asked", "answered", "spent", "stuck"],
    ...["finished goals", "next"],
  ]);
  assertStringIncludes(stdout, "\ndone and verified\n  worker proved: verified (tea)\n");
  assertStringIncludes(stdout, "\ndone\n  worker claimed: done (tea)\n");
  assertStringIncludes(
    stdout,
    "  worker wrong: done, but its verify failed: exit status 1 (tea)\n",
  );
  assertStringIncludes(stdout, "  worker broken: exit status 3 (tea)\n");
  assertStringIncludes(stdout, "\nspent\n  $0.0246, 2 calls of unknown cost, 4 calls\n");
  const saved = await cliOn(profile, ["report", "--since", "2h", "--save"]);
  assertEquals(saved.stdout, stdout);
  const file = `reports/report-${localDay(new Date())}.md`;
  assertEquals(await profile.read(file), `# Report\n\n${stdout}`);
  const none = await cliOn(profile, ["report", "--since", new Date().toISOString()]);
  assertMatch(none.stdout, /^(nothing happened )?since /);
  assertEquals(none.stdout.includes("\nasked\n"), false);
  assertEquals((await cliOn(profile, ["report", "--since", "soon"])).status, 2);
  assertEquals((await cliOn(profile, ["report", "--since", "tomorrow"])).status, 2);
});
