import { assert, assertEquals } from "@std/assert";
import { unicodeWidth } from "@std/unicode-width";
import { syntaxOf } from "../../src/cli/args.ts";
import { COMMANDS } from "../../src/cli/command.ts";
import { MANUAL, manualSections } from "../../src/cli/help.ts";
import { DEFAULT_CONFIG } from "../../src/profile/config.ts";
import { moveJsonSchema } from "../../src/schema/move.ts";

const TOPICS = [
  ...["config", "goals", "sensors", "moves", "files", "environment", "secrets", "sandbox"],
];

/** A section's text by its name. */
function section(name: string): string {
  return manualSections().find((section) => section.name === name)?.text ?? "";
}

Deno.test("manual has one section for each command, headed by how it is typed, and one for each topic", async () => {
  const sections = manualSections();
  assertEquals(sections.map(({ name }) => name), [...Object.keys(COMMANDS), ...TOPICS]);
  for (const [name, load] of Object.entries(COMMANDS)) {
    const command = await load();
    assertEquals(command.usage, sections.find((section) => section.name === name)?.heading);
    const { names } = syntaxOf({ ...command, usage: command.more ?? "" });
    for (const option of names) {
      assert(option === "help" || section(name).includes(`--${option}`), option);
    }
    for (const [verb, subcommand] of Object.entries(command.verbs ?? {})) {
      const { usage } = subcommand;
      const heading = `looop ${name} ${verb}`;
      assert(usage === heading || usage.startsWith(`${heading} `), usage);
      assert(new RegExp(`^(    ${verb} |\`${verb}\` )`, "m").test(section(name)), heading);
      const missing = syntaxOf(subcommand).names
        .filter((option) => option !== "help" && !section(name).includes(`--${option}`));
      assertEquals(missing, [], heading);
    }
  }
});

Deno.test("manual names every config key, every move and every environment variable", async () => {
  const missing = (text: string, words: string[]) => words.filter((word) => !text.includes(word));
  assertEquals(missing(section("config"), Object.keys(DEFAULT_CONFIG)), []);
  const runnerKeys = ["tick", "worker", "output", "model", "env", "network"];
  const budgetKeys = [...Object.keys(DEFAULT_CONFIG.budget), "usd_per_day", "usd_per_worker"];
  const nested = [
    ...runnerKeys.map((key) => `runners.NAME.${key}`),
    ...budgetKeys.map((key) => `budget.${key}`),
  ];
  assertEquals(missing(section("config"), nested), []);
  const { oneOf } = moveJsonSchema() as {
    oneOf: { properties: { action: { const: string } } }[];
  };
  const moves = oneOf.map(({ properties }) => properties.action.const);
  assert(moves.length > 7);
  assertEquals(moves.filter((move) => !section("moves").includes(`\n    ${move} `)), []);
  const { code, stdout } = await new Deno.Command("grep", {
    args: ["-rhoE", "LOOOP_[A-Z_]+", "src", "bin"],
    cwd: new URL("../../", import.meta.url),
  }).output();
  assertEquals(code, 0);
  const variables = new Set(new TextDecoder().decode(stdout).trim().split("\n"));
  // Marks a worker's processes among their arguments, and is no variable.
  variables.delete("LOOOP_WRAPPER");
  assertEquals(missing(section("environment"), [...variables]), []);
});

Deno.test("manual fits a terminal of 80 columns and 610 lines", () => {
  const lines = MANUAL.trimEnd().split("\n");
  assert(lines.length <= 610, `${lines.length} lines`);
  assertEquals(lines.filter((line) => unicodeWidth(line) > 80), []);
});
