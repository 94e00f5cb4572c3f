import { assert, assertEquals } from "@std/assert";
import { compileExpression } from "../../src/cel/compile.ts";
import { GOAL_VARIABLES } from "../../src/cel/variables.ts";

Deno.test("readsOf names the entries that an expression reads", async () => {
  const reads: [string, string[]][] = [
    ["sensors.git.x.y == 1", ["sensor:git"]],
    ['sensors["in-box"].n == 1', ["sensor:in-box"]],
    ["has(sensors.git.x)", ["sensor:git"]],
    ["'git' in sensors", ["sensor:git"]],
    ["sensors[goals.a.goal] == 1", ["goal:a", "sensor:*"]],
    ["sensors.exists(k, sensors[k] == 1)", ["sensor:*"]],
    ["size(sensors) > 0", ["sensor:*"]],
    ["{'a': sensors.b} == {}", ["sensor:b"]],
    ["[sensors.a, sensors.b].exists(x, x == 1)", ["sensor:a", "sensor:b"]],
    ["tainted ? now > now : !('x' in changed)", ["changed", "now", "tainted"]],
    ["workers.a.state == 'done' || size(workers) > 1", ["worker:*", "worker:a"]],
    ["size(goals) > 1", ["goal:*"]],
    ["true", []],
    ["[1].exists(sensors, sensors == 1)", ["sensor:*"]],
  ];
  for (const [source, expected] of reads) {
    const compiled = await compileExpression(source, GOAL_VARIABLES);
    assert(compiled.ok, `${source}: ${compiled.ok || compiled.error}`);
    assertEquals(compiled.expression.reads, expected, source);
  }
});
