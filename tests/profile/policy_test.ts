import { assertEquals, assertRejects } from "@std/assert";
import { envOf } from "../../src/os/env.ts";
import { checkPolicy, readConfig } from "../../src/profile/config.ts";
import { RESERVED_NAMES } from "../../src/schema/decision.ts";
import { ConfigError } from "../../src/schema/errors.ts";
import { tempProfile } from "../support/temp_profile.ts";

const rule = (when: string, name = "mine") => ({ name, when, then: "ask" as const });

/** What is wrong with one rule. */
async function wrong(when: string): Promise<string> {
  const problems = await checkPolicy([rule(when)]);
  return problems.join("\n").replace("policy rule mine: when: ", "");
}

Deno.test("checkPolicy refuses bad CEL, unknown names and what is no boolean, naming the rule", async () => {
  assertEquals(await checkPolicy([rule("1 +"), rule("true", "other")]), [
    "policy rule mine: when: Unexpected token: EOF: 1 +",
  ]);
  const refused: [string, string][] = [
    ["mov.action == 'run'", "Unknown variable: mov: mov.action == 'run'"],
    ["move.comand == ''", "No such key: comand: move.comand == ''"],
    ["has(move.comand)", "No such key: comand: has(move.comand)"],
    ["move.command", "returns string; it must return true or false: move.command"],
    ["move.id > 5", "no such overload: string > int: move.id > 5"],
    [
      "move.command.matches('a')",
      "uses matches(): regular expressions are not available; use contains, startsWith, endsWith: " +
      "move.command.matches('a')",
    ],
  ];
  for (const [when, why] of refused) assertEquals(await wrong(when), why);
});

Deno.test("checkPolicy accepts every rule whose result depends on the move or the world", async () => {
  const fine = [
    "true",
    "move.argv[0] == 'rm'",
    "sensors.ci.red",
    "now > timestamp('soon')",
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
      "  policy rule three: when: returns int; it must return true or false: 2\n" +
      `"looop help config" lists every key.`,
  );
  await Deno.writeTextFile(profile.configPath, JSON.stringify({ policy: [policy[1]] }));
  assertEquals((await readConfig(profile.configPath, envOf({}))).config.policy, [policy[1]]);
});
