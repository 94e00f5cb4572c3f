import { assert, assertEquals, assertMatch } from "@std/assert";
import { unicodeWidth } from "@std/unicode-width";
import { runCli } from "../../../src/cli/main.ts";
import { cliOn } from "../../support/cli_on.ts";
import { subjects } from "../../support/git.ts";
import { memoryTerminal } from "../../support/memory_terminal.ts";
import { tempProfile } from "../../support/temp_profile.ts";
import { RULED, TEA } from "../goal_texts.ts";

Deno.test("looop goal ls shows order, rules, marks and what is broken, and fits a narrow terminal", async () => {
  await using profile = await tempProfile({
    files: {
      "goals/tea.md": TEA,
      "goals/green.md": RULED,
      "goals/odd.md": "---\nuntrusted: true\ngoal: Odd\n---\n",
      "goals/bad.md": "goal: none\n",
      "goals/archive/old.md": "---\ngoal: Old\n---\n",
    },
  });
  const { stdout, stderr } = await cliOn(profile, ["goal", "ls", "--all"]);
  assertEquals(stderr, "");
  assertEquals(
    stdout,
    `ID     PRIORITY  RULES  GOAL
tea    3                Drink tea
bad                     invalid: line 1: found "goal: none", but front matter begins with a line of just ---
green  0         1      Keep it green
odd    0                (untrusted) Odd
old    0                (archived) Old
`,
  );
  const json = JSON.parse((await cliOn(profile, ["goal", "ls", "--json"])).stdout);
  assertEquals(json.map(({ id }: { id: string }) => id), ["tea", "bad", "green", "odd"]);
  assertEquals(json[2], {
    id: "green",
    priority: 0,
    goal: "Keep it green",
    rules: 1,
    untrusted: false,
    archived: false,
    error: null,
  });
  assertMatch(json[1].error, /^line 1: /);
  const terminal = memoryTerminal({ columns: 30 });
  const { dataDir } = profile.paths;
  const where = { dataDir, configPath: profile.configPath, environment: profile.environment };
  assertEquals(await runCli(["goal", "ls"], terminal, new AbortController().signal, where), 0);
  const lines = terminal.stdout.split("\n");
  assertEquals(lines.filter((line) => unicodeWidth(line) > 30), []);
  assert(lines.includes("green  Keep it green"), terminal.stdout);
});

Deno.test("looop goal archive and show find a goal in both places", async () => {
  await using profile = await tempProfile({
    files: { "goals/tea.md": TEA, "goals/archive/tea.md": "an older one" },
  });
  assertEquals(await cliOn(profile, ["goal", "archive", "tea"]), {
    status: 0,
    stdout: "archived goals/tea.md, now goals/archive/tea-2.md\n",
    stderr: "",
  });
  assertEquals((await subjects(profile.paths.dataDir))[0], "archived goals/tea.md");
  assertEquals((await cliOn(profile, ["goal", "show", "tea-2"])).stdout, TEA);
  assertEquals(
    (await cliOn(profile, ["goal", "archive", "tea-2"])).stderr,
    "looop: cannot archive tea-2: it is archived already, as goals/archive/tea-2.md\n",
  );
  const none = await cliOn(profile, ["goal", "show", "coffee"]);
  assertEquals([none.status, none.stderr], [
    1,
    "looop: there is no goal coffee\n  goals: none\n  archived: tea-2, tea\n",
  ]);
});

Deno.test("looop goal show hides nothing on a terminal, and changes nothing in a pipe but for secrets", async () => {
  const text = "---\ngoal: \ttabs \u202e and hunter2-hunter2\n---\n";
  await using profile = await tempProfile({
    files: { "goals/tea.md": text },
    env: { MY_TOKEN: "hunter2-hunter2" },
  });
  const masked = text.replace("hunter2-hunter2", "[masked MY_TOKEN]");
  assertEquals((await cliOn(profile, ["goal", "show", "tea"])).stdout, masked);
  const terminal = memoryTerminal({ columns: 80 });
  const { dataDir } = profile.paths;
  const where = { dataDir, configPath: profile.configPath, environment: profile.environment };
  await runCli(["goal", "show", "tea"], terminal, new AbortController().signal, where);
  assertEquals(terminal.stdout, masked.replace("\t", "    ").replace("\u202e", "\\u{202e}"));
});

Deno.test("looop goal refuses a wrong verb, a missing one, and an option of another verb", async () => {
  const cases: [args: string[], first: string][] = [
    [[], "looop: missing subcommand: ls, show, history, write, archive"],
    [["lss"], "looop: unknown subcommand lss; did you mean ls?"],
    [["--json"], "looop: missing subcommand before --json"],
    [["show", "--json", "x"], "looop: unknown option --json"],
    [["show"], "looop: missing argument <id>"],
    [["ls", "x"], "looop: unexpected argument x"],
    [["constructor"], "looop: unknown subcommand constructor"],
  ];
  for (const [args, first] of cases) {
    const { status, stdout, stderr } = await cliOn(null, ["goal", ...args]);
    assertEquals([status, stdout, stderr.split("\n")[0]], [2, "", first]);
  }
  const help = await cliOn(null, ["help", "goal"]);
  assertMatch(help.stdout, /^Usage:\n {4}looop goal ls \| show\|history <id> /);
  for (const args of [["--help"], ["ls", "--help"], ["write", "-h"]]) {
    assertEquals(await cliOn(null, ["goal", ...args]), help);
  }
});
