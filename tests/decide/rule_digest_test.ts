import { assertEquals } from "@std/assert";
import type { RuleInput } from "../../src/cel/variables.ts";
import { explainError, readDigest } from "../../src/decide/rules.ts";
import { parseGoal } from "../../src/profile/goal_file.ts";
import { NO_ACCESS } from "../../src/schema/config.ts";
import { type JsonObject, sha256Hex } from "../../src/schema/json.ts";
import type { Worker } from "../../src/schema/worker.ts";
import type { Rule } from "../../src/schema/world.ts";

for (
  const [what, error, reads, sensors, expected] of [
    [
      "a missing sensor",
      ...["No such key: ci", ["sensor:ci"], { git: 1, mail: 1 }],
      "there is no sensor `ci` (there are git, mail)",
    ],
    ["no other error", "x: No such key: ci", ["sensor:ci"], {}, null],
    ["no error that goes on", "No such key: ci x", ["sensor:ci"], {}, null],
    ["no key of the same name within a sensor", "No such key: ci", ["sensor:ci"], { ci: 1 }, null],
    ["no key that is not a sensor's name", "No such key: red", ["sensor:ci"], {}, null],
  ] as [string, string, string[], JsonObject, string | null][]
) {
  Deno.test(`explainError explains ${what}`, () => {
    assertEquals(explainError(error, reads, { sensors }), expected ?? error);
  });
}

const worker: Worker = {
  ...{ id: "alive", generation: "1", started_at: "t", runner: "pi", goal: null, run_id: null },
  ...{ verify: null, verify_access: NO_ACCESS, sandbox: "none", wrapper: null },
  ...{ state: "running", alive: true, exit_code: null, flag: null, since: "t", idle_s: 0 },
  verification: null,
};
const goal = (id: string, priority: number) =>
  parseGoal(id, `---\ngoal: aim of ${id}\npriority: ${priority}\n---\n`, "");

const rule: Rule = { name: "r", when: "true", do: { action: "noop", reason: "x", journal: "x" } };
const input: RuleInput = {
  goals: [goal("a", 1), goal("b", 2)],
  wakes: { "playbook": "p", "goal:a": "g", "sensor:ci": { red: true }, "sensor:git": null },
  changed: ["sensor:ci", "sensor:mail"],
  ...{ tainted: false, runner: "pi", workers: [worker, { ...worker, id: "b" }], now: new Date() },
};

Deno.test("readDigest keeps its form: another one would make each rule of each profile fire again", async () => {
  const reads = ["changed", "goal:*", "goal:a", "goal:gone", "now", "playbook", "runner"];
  const more = ["sensor:*", "sensor:ci", "sensor:gone", "tainted", "worker:*", "worker:alive"];
  const values = {
    "changed:sensor:ci": [{ red: true }],
    "changed:sensor:mail": [],
    "goal:a": { goal: "aim of a", priority: 1 },
    "goal:b": { goal: "aim of b", priority: 2 },
    "goal:gone": null,
    playbook: ["p"],
    runner: "pi",
    "sensor:ci": [{ red: true }],
    "sensor:git": [null],
    "sensor:gone": [],
    tainted: false,
    "worker:alive": { exit_code: null, generation: "1", state: "running" },
    "worker:b": { exit_code: null, generation: "1", state: "running" },
  };
  const text = JSON.stringify(["true", { action: "noop", journal: "x", reason: "x" }, values]);
  assertEquals(await readDigest(rule, [...reads, ...more], input), await sha256Hex(text));
});

for (
  const [read, keys] of [
    ["now", []],
    ["runner", ["runner"]],
    ["sensor:*", ["sensor:ci", "sensor:git"]],
    ["sensor:ci", ["sensor:ci"]],
    ["goal:*", ["goal:a", "goal:b"]],
    ["goal:a", ["goal:a"]],
    ["worker:*", ["worker:alive", "worker:b"]],
    ["worker:b", ["worker:b"]],
    ["changed", ["changed", "tainted", "sensor:ci"]],
    ["tainted", ["changed", "tainted", "sensor:ci"]],
  ] as [string, string[]][]
) {
  const other = (change: Partial<RuleInput>) => ({ ...input, ...change });
  const [a, b] = input.goals;
  const inputs: [key: string, RuleInput][] = [
    ["now", other({ now: new Date(0) })],
    ["runner", other({ runner: "none" })],
    ["sensor:ci", other({ wakes: { ...input.wakes, "sensor:ci": { red: false } } })],
    ["sensor:git", other({ wakes: { ...input.wakes, "sensor:git": 1 } })],
    ["playbook", other({ wakes: { ...input.wakes, "playbook": "x" } })],
    ["goal:a", other({ goals: [{ ...a, priority: 7 }, b] })],
    ["goal:a", other({ goals: [{ ...a, goal: "another" }, b] })],
    ["goal:b", other({ goals: [a, { ...b, goal: "another" }] })],
    ["goal text", other({ goals: [{ ...a, text: "another" }, b] })],
    ["goal text", other({ wakes: { ...input.wakes, "goal:a": "another" } })],
    ["worker:alive", other({ workers: [{ ...worker, state: "stuck" }, input.workers[1]] })],
    ["worker:b", other({ workers: [worker, { ...worker, id: "b", generation: "2" }] })],
    ["worker:b", other({ workers: [worker, { ...worker, id: "b", exit_code: 1 }] })],
    ["worker's idle time", other({ workers: input.workers.map((w) => ({ ...w, idle_s: 9 })) })],
    ["changed", other({ changed: ["sensor:ci"] })],
    ["tainted", other({ tainted: true })],
  ];
  Deno.test(`readDigest of ${read} changes with ${keys.join(", ") || "nothing"} alone`, async () => {
    const before = await readDigest(rule, [read], input);
    for (const [key, changed] of inputs) {
      const isOther = await readDigest(rule, [read], changed) !== before;
      assertEquals(isOther, keys.includes(key), key);
    }
  });
}
