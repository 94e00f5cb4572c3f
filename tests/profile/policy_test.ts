import { assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { compileExpression } from "../../src/cel/compile.ts";
import { moveVariable, POLICY_VARIABLES } from "../../src/cel/variables.ts";
import { envOf } from "../../src/os/env.ts";
import { checkPolicy, readConfig } from "../../src/profile/config.ts";
import { RESERVED_NAMES } from "../../src/schema/config.ts";
import { ConfigError } from "../../src/schema/errors.ts";
import type { Move } from "../../src/schema/move.ts";
import { tempProfile } from "../support/temp_profile.ts";

const rule = (when: string, name = "mine") => ({ name, when, then: "ask" as const });
const guard = `; ask first whether it can be, as in move.argv.size() > 0 && move.argv[0] == "ls"`;

/** What is wrong with one rule. */
async function wrong(when: string): Promise<string> {
  const problems = await checkPolicy([rule(when)]);
  return problems.join("\n").replace("policy rule mine: when: ", "").replace(guard, " …");
}

Deno.test("checkPolicy refuses bad CEL, unknown names and what is no boolean, naming the rule", async () => {
  assertEquals(await checkPolicy([rule("1 +"), rule("true", "other")]), [
    "policy rule mine: when: Unexpected token: EOF: 1 +",
  ]);
  const refused: [string, string][] = [
    ["mov.action == 'run'", "Unknown variable: mov: mov.action == 'run'"],
    ["move.comand == ''", "No such key: comand: move.comand == ''"],
    ["has(move.comand)", "No such key: comand: has(move.comand)"],
    ["move.command", "gives string; it must give true or false: move.command"],
    ["move.id > 5", "no such overload: string > int: move.id > 5"],
    [
      "sensors.ci.red",
      "it may not be true or false; compare it, as in sensors.ci.red == true",
    ],
    [
      "move.command.matches('a')",
      "uses matches(): regular expressions are not available; use contains, startsWith, endsWith: " +
      "move.command.matches('a')",
    ],
  ];
  for (const [when, why] of refused) assertEquals(await wrong(when), why);
});

Deno.test("checkPolicy refuses a rule that breaks on some action, whatever the sensors say", async () => {
  const first = "move.argv[0] cannot be evaluated on every";
  const bounds = "No such key: index out of bounds, index";
  const refused: [string, string][] = [
    ["move.argv[0] == 'rm'", `${first} noop: ${bounds} 0 >= size 0 …`],
    // A command that is not simple has no words either.
    ["move.action == 'run' && move.argv[0] == 'rm'", `${first} run: ${bounds} 0 >= size 0 …`],
    ["move.argv[0] == 'rm' && move.action == 'run'", `${first} run: ${bounds} 0 >= size 0 …`],
    ["sensors.ci == 'red' && move.argv[0] == 'rm'", `${first} noop: ${bounds} 0 >= size 0 …`],
    ["sensors.ci == 'red' || !(move.argv[0] == 'rm')", `${first} noop: ${bounds} 0 >= size 0 …`],
    ["workers.a.x ? tainted : move.argv[0] == 'a'", `${first} noop: ${bounds} 0 >= size 0 …`],
    ["now.getHours() > 8 && move.argv[0] == 'a'", `${first} noop: ${bounds} 0 >= size 0 …`],
    ["goals.all(id, id == move.argv[0])", `${first} noop: ${bounds} 0 >= size 0 …`],
    [
      "move.simple && move.argv[1] == 'push'",
      `move.argv[1] cannot be evaluated on every run: ${bounds} 1 >= size 1 …`,
    ],
    [
      "move.simple && move.argv[0] == 'git' && move.argv[1] == 'push'",
      `move.argv[1] cannot be evaluated on every run: ${bounds} 1 >= size 1 …`,
    ],
    [
      "move.command.startsWith('git') && move.command.split(' ')[1] == 'push'",
      `move.command.split(" ")[1] cannot be evaluated on every run: ${bounds} 1 >= size 1 …`,
    ],
    [
      "tainted && move.options[0] == 'yes'",
      `move.options[0] cannot be evaluated on every noop: ${bounds} 0 >= size 0 …`,
    ],
    [
      "move.name.split('.')[1] == 'ts'",
      `move.name.split(".")[1] cannot be evaluated on every noop: ${bounds} 1 >= size 1 …`,
    ],
    [
      "int(move.id) > 3 && tainted",
      "int(move.id) cannot be evaluated on every archive_goal: int() type error: cannot convert to int …",
    ],
    [
      "now > timestamp('soon')",
      `timestamp("soon") cannot be evaluated on every noop: timestamp() requires a string in ISO 8601 format …`,
    ],
    [
      "tainted && move.next_interval_s",
      "tainted && move.next_interval_s cannot be evaluated on every noop: it combines what is neither true nor false …",
    ],
    [
      "move.next_interval_s",
      "move.next_interval_s cannot be evaluated on every noop: it gives neither true nor false …",
    ],
  ];
  for (const [when, why] of refused) assertEquals(await wrong(when), why);
});

Deno.test("checkPolicy takes rules that ask first, and leaves to the data what only data can tell", async () => {
  const fine = [
    "true",
    "move.simple && move.argv[0] == 'rm'",
    "move.argv.size() > 1 && move.argv[1] == 'push' && sensors.ci == 'red'",
    "sensors.ci == 'red' && move.argv.size() > 0 && move.argv[0] == 'rm'",
    "sensors.list.exists(x, move.simple && x == move.argv[0])",
    "move.argv.exists(word, word == '--force' || word == sensors.forbidden.word)",
    "move.action in ['write_sensor', 'run'] && move.name == 'inbox.sh'",
    "move.name.contains('.') && move.name.split('.')[1] == 'sh'",
    "'--force' in move.argv && move.argv.size() > 2 && move.argv[0] == 'git' && move.argv[2] != ''",
    "size(move.id) > 5 && move.id.substring(0, 5) == 'fix-c'",
    "move.next_interval_s > 5 || move.next_interval_s < 2.5",
    "tainted && workers.fix.state == 'running' && 'sensor:ci' in changed && runner != 'none'",
    "now.getHours('Europe/Berlin') >= 22",
    "sensors.load > 1e300",
  ];
  for (const when of fine) assertEquals(await checkPolicy([rule(when)]), [], when);
});

Deno.test("checkPolicy takes no rule that breaks on a move when it reads the move alone", async () => {
  const sources = [
    "move.simple && move.argv[0] == 'rm'",
    "move.argv.size() > 2 && (move.argv[1] == 'push' || move.argv[2].startsWith('-'))",
    "move.name.contains('.') ? move.name.split('.')[1] == 'sh' : move.id == ''",
    "size(move.id) > 5 && move.id.substring(0, 5) == 'fix-c'",
    "move.options.exists(o, o.lowerAscii() == 'yes') || move.next_interval_s > 60",
    "move.command.split(' ')[0] in ['git', 'gh'] && !move.more",
  ];
  const word = fc.oneof(fc.string(), fc.constantFrom("git push", "a.sh", ".", "fix-ci-1", "-f"));
  const fields = ["goal", "reason", "id", "body", "name", "script", "prompt", "runner", "verify"];
  const moves = fc.record({
    action: fc.constantFrom("noop", "run", "write_sensor", "start_worker", "ask"),
    ...Object.fromEntries([...fields, "command", "question", "ref"].map((name) => [name, word])),
    next_interval_s: fc.oneof(fc.integer(), fc.double({ noNaN: true })),
    more: fc.boolean(),
    options: fc.array(word, { maxLength: 10 }),
    words: fc.option(fc.array(word, { minLength: 1, maxLength: 12 }), { nil: null }),
  });
  for (const source of sources) {
    assertEquals(await checkPolicy([rule(source)]), [], source);
    const compiled = await compileExpression(source, POLICY_VARIABLES);
    fc.assert(fc.property(moves, ({ words, ...fields }) => {
      const move = { ...moveVariable(fields as unknown as Move, words) };
      return compiled.ok && compiled.expression.evaluate({ move }).ok;
    }));
  }
});

Deno.test("checkPolicy refuses names that are taken", async () => {
  assertEquals(await checkPolicy([rule("true"), rule("false")]), [
    "policy rule mine: an earlier rule has the same name; take another",
  ]);
  for (const name of RESERVED_NAMES) {
    assertEquals(await checkPolicy([rule("true", name)]), [
      `policy rule ${name}: that is the name of a built-in rule; take another`,
    ]);
  }
});

Deno.test("readConfig refuses a policy that cannot be used, telling of all its rules", async () => {
  await using profile = await tempProfile();
  const policy = [rule("move.x == 1", "one"), rule("tainted", "two"), rule("2", "three")];
  await Deno.writeTextFile(profile.configPath, JSON.stringify({ policy }));
  const error = await assertRejects(() => readConfig(profile.configPath, envOf({})), ConfigError);
  assertEquals(
    error.message,
    `cannot use config ${profile.configPath}:\n` +
      "  policy rule one: when: No such key: x: move.x == 1\n" +
      "  policy rule three: when: gives int; it must give true or false: 2\n" +
      `"looop help config" lists every key.`,
  );
  await Deno.writeTextFile(profile.configPath, JSON.stringify({ policy: [policy[1]] }));
  assertEquals((await readConfig(profile.configPath, envOf({}))).config.policy, [policy[1]]);
});
