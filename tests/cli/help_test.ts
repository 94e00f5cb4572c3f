import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { unicodeWidth } from "@std/unicode-width";
import { tokenizeCommand } from "../../src/admit/shell_command.ts";
import { parseArguments, syntaxOf } from "../../src/cli/args.ts";
import { type Command, COMMANDS, HIDDEN, pickVerb } from "../../src/cli/command.ts";
import { helpBelow, MANUAL, manualSections } from "../../src/cli/help.ts";
import { DEFAULT_CONFIG } from "../../src/profile/config.ts";
import { moveJsonSchema } from "../../src/schema/move.ts";
import { cliOn } from "../support/cli_on.ts";
import { tempProfile } from "../support/temp_profile.ts";

const TOPICS = [
  ...["config", "notifications", "goals", "sensors", "schedules", "moves", "files"],
  ...["environment", "secrets", "sandbox", "json"],
];

/** A section's text by its name. */
function section(name: string): string {
  return manualSections().find((section) => section.name === name)?.text ?? "";
}

/** Whether the help on a command has an option in a list, and what is the case without it. */
function isListed(command: string, option: string): boolean {
  if (option === "help") return true;
  const lists = [...section(command).split("\n"), ...helpBelow(command).options]
    .filter((line) => line.startsWith("    "));
  return lists.some((line) => new RegExp(`--${option}(?![a-z-])`).test(line));
}

Deno.test("manual has one section for each command, headed by how it is typed, and one for each topic", async () => {
  const sections = manualSections();
  assertEquals(sections.map(({ name }) => name), [...Object.keys(COMMANDS), ...TOPICS]);
  for (const [name, load] of Object.entries(COMMANDS)) {
    const command = await load();
    assertEquals(command.usage, sections.find((section) => section.name === name)?.heading);
    for (const option of syntaxOf(command).names) assert(isListed(name, option), option);
    for (const [verb, subcommand] of Object.entries(command.verbs ?? {})) {
      const { usage } = subcommand;
      const heading = `looop ${name} ${verb}`;
      assert(usage === heading || usage.startsWith(`${heading} `), usage);
      assert(new RegExp(`^(    ${verb} |\`${verb}\` )`, "m").test(section(name)), heading);
      const missing = syntaxOf(subcommand).names.filter((option) => !isListed(name, option));
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

Deno.test("manual fits a terminal of 80 columns and 915 lines", () => {
  const lines = MANUAL.trimEnd().split("\n");
  assert(lines.length <= 915, `${lines.length} lines`);
  assertEquals(lines.filter((line) => unicodeWidth(line) > 80), []);
});

Deno.test("looop help is an overview of one screen that names every command and topic", async () => {
  const { stdout } = await cliOn(null, ["help"]);
  const lines = stdout.trimEnd().split("\n");
  assert(lines.length <= 24, `${lines.length} lines`);
  assertEquals(lines.filter((line) => unicodeWidth(line) > 80), []);
  const named = (name: string) => new RegExp(`\\b${name}\\b`).test(stdout);
  const left = [...Object.keys(COMMANDS), ...TOPICS].filter((name) => !named(name));
  assertEquals(left, ["pulse", ...HIDDEN]);
  assertStringIncludes((await cliOn(null, ["help", "all"])).stdout, "## sandbox");
});

Deno.test("the help on each command has its usage, and two examples that it accepts", async () => {
  for (const [name, load] of Object.entries(COMMANDS)) {
    const command = await load();
    const { stdout } = name === "pulse"
      ? await cliOn(null, ["--help"]).then(() => cliOn(null, ["help", "looop"]))
      : await cliOn(null, [name, "--help"]);
    assertStringIncludes(stdout, `Usage:\n    ${command.usage}\n`);
    const { options, examples } = helpBelow(name);
    assert(examples.length >= 2, `${name} has ${examples.length} examples`);
    assertStringIncludes(stdout, `\nExamples:\n${examples.join("\n")}\n`);
    assertEquals(options.filter((line) => !/\(default: .+\)$/.test(line)), [], name);
    for (const option of optionsOf(command)) {
      assert(defaultOf(stdout, option), `${name} ${option}: what it does, and its default`);
    }
    for (const example of examples) {
      const line = example.trim().replace(/^LOOOP_\w+=\S+ /, "").replaceAll("~", "HOME");
      // A shell passes an empty word on.
      const tokens = tokenizeCommand(line);
      assert(tokens.simple, example);
      const [program, ...args] = tokens.argv;
      assertEquals(program, "looop", example);
      const rest = name === "pulse" || args[0] === "--version" ? args : args.slice(1);
      if (args[0] !== "--version" && name !== "pulse") assertEquals(args[0], name, example);
      if (args[0] === "--version") continue;
      const picked = pickVerb(command, rest);
      parseArguments(picked.command, picked.rest);
    }
  }
});

Deno.test("looop help json has the fields that each command prints", async () => {
  const json = section("json");
  for (const [name, load] of Object.entries(COMMANDS)) {
    const command = await load();
    const forms = Object.entries({ ...command.verbs, "": command });
    for (const [verb, { usage }] of forms) {
      if (!usage.includes("[--json]") || (verb === "" && command.verbs)) continue;
      assert(json.includes(`${name} ${verb}`.trim()), `${name} ${verb}`);
    }
  }
  await using profile = await tempProfile({ files: { "goals/a.md": "---\ngoal: a\n---\n" } });
  await cliOn(profile, ["tick"]);
  const printed = [["status"], ["goal", "ls"], ["cost"], ["journal"], ["asks"], ["wait"], [
    "policy",
  ]];
  for (const args of printed) {
    const { stdout } = await cliOn(profile, [...args, "--json"]);
    const value = JSON.parse(stdout);
    const [first = {}] = Array.isArray(value) ? value : [value];
    const missing = Object.keys(first).filter((field) => !json.includes(`"${field}"`));
    assertEquals(missing, [], args.join(" "));
  }
});

Deno.test("an option that would have no effect is an error", async () => {
  await using profile = await tempProfile({ files: { "goals/a.md": "---\ngoal: a\n---\n" } });
  const lines = [
    ...["ls --interval 5s", "sensor add --as x", "sensor add --note x", "asks --close --json"],
    ...["sensor add git --set repositories=/tmp --print --note x", "undo --dry-run --note x"],
    ...["sensor add git --set repositories=/tmp --print --force", "told w --hook --json"],
    ...["cost add w 1 --json", "policy --tainted", "status --full", "up --print", "help --json"],
    ...["tick --wait --dry-run", "tick --unknown", "goal ls --note x", "ask w x --runner y"],
  ];
  for (const line of lines) {
    const { status, stdout, stderr } = await cliOn(profile, line.split(" "));
    assertEquals([status, stdout], [2, ""], line);
    assert(/no effect|requires|needs|only with|unknown option/.test(stderr), stderr);
  }
});

Deno.test("a suggestion is a misspelling, or another program's word for the same; it is never an unrelated command", async () => {
  const guess = async (...words: string[]) =>
    /did you mean (.*?)\?/.exec((await cliOn(null, words)).stderr)?.[1];
  for (
    const [typed, meant] of Object.entries({
      ...{ statsu: "status", helo: "help", jurnal: "journal", aprove: "approve", tikc: "tick" },
      ...{ tatus: "status", login: "setup-agent", workers: "ls", set: "help config" },
    })
  ) assertEquals(await guess(typed), `looop ${meant}`, typed);
  for (const typed of ["bill", "hold", "task", "export", "import", "refuse", "open", "x"]) {
    assertEquals(await guess(typed), undefined, typed);
  }
  assertEquals(await guess("sensor", "list"), "ls");
  assertEquals(await guess("sensor", "delete", "x"), "rm");
  assertEquals(await guess("goal", "delete", "x"), undefined);
});

/** The options of a command and of its verbs, such as `--json`. */
function optionsOf({ usage, more = "", verbs = {} }: Command): Set<string> {
  const forms = [{ usage, more }, ...Object.values(verbs)];
  return new Set(
    forms.flatMap(({ usage, more = "" }) => `${usage} ${more}`.match(/--[a-z-]+/g) ?? []),
  );
}

/** Whether a help describes an option in a list and gives its default, there or right below of all options. */
function defaultOf(help: string, option: string): boolean {
  const parts = help.split("\n\n");
  return parts.some((part, i) => {
    const ofAll = /^What has no flag .*default/s.test(parts[i + 1] ?? "");
    const item = part.split(/\n(?= {4}--)/).find((item) => {
      const [first] = item.trim().split("\n");
      return first.startsWith("--") && new RegExp(`${option}(?![a-z-])`).test(first);
    });
    return item !== undefined && (ofAll || /default/.test(item));
  });
}
