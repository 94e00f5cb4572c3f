import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { checkReadOnly } from "../../src/admit/shell_command.ts";
import { READ_ONLY_COMMANDS } from "../../src/admit/read_only_commands.ts";
import { fuzz } from "./fuzz.ts";
import { hostileText } from "./hostile_text.ts";
import { PROGRAM_OPTIONS } from "./program_options.ts";
import { readOptions } from "./read_options.ts";

const names = Object.keys(PROGRAM_OPTIONS);
const others = [
  "git push",
  "git",
  "gh",
  "gh pr merge",
  "gh api",
  "find",
  "env",
  "constructor",
  "sort",
];
const values = [
  ...["goals", "goals/a.md", "5", "+5", "+5f", "+f", "-5", "-5f", "HEAD~1", "main..dev", "a/../b"],
  ...[
    "../x",
    "/etc/passwd",
    ".git/config",
    ".looop/secret",
    "~/x",
    "-",
    "--",
    "..",
    ".",
    "./a",
    "",
  ],
  ...[
    "%G?",
    "--format=%GG",
    "--format=%+GK",
    "--output=x",
    "owner/name",
    "host/owner/name",
    "12",
    "-x",
    "--x",
    "@",
    "HEAD",
  ],
];

/** An option of the program, allowed or not, whole, cut short, in a cluster, with a value or without. */
function optionOf(name: string): fc.Arbitrary<string> {
  const { short, long } = PROGRAM_OPTIONS[names.includes(name) ? name : "ls"];
  const letters = [...short.replaceAll(":", "")];
  const allowed = names.includes(name)
    ? READ_ONLY_COMMANDS[name].options.split(" ").filter(Boolean)
    : [];
  const value = fc.constantFrom(...values);
  const longName = fc.constantFrom(...long.split(" ").map((spec) => spec.replace(/[:?]$/, "")));
  return fc.oneof(
    {
      weight: 6,
      arbitrary: fc.constantFrom("--", ...allowed).map((spec) =>
        spec === "-#" ? "-7" : spec.replace(/\[=\]$|[:=]$/, spec.endsWith("=") ? "=5" : "")
      ),
    },
    { weight: 1, arbitrary: fc.constantFrom(...letters).map((letter) => `-${letter}`) },
    {
      weight: 1,
      arbitrary: fc.array(fc.constantFrom(...letters), { minLength: 2, maxLength: 3 })
        .map((all) => `-${all.join("")}`),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(fc.constantFrom(...letters), value).map(([letter, text]) =>
        `-${letter}${text}`
      ),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(longName, fc.nat(20)).map(([text, keep]) =>
        `--${text.slice(0, 1 + keep)}`
      ),
    },
    { weight: 1, arbitrary: fc.tuple(longName, value).map(([text, more]) => `--${text}=${more}`) },
  );
}

const command = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom(...names) },
  { weight: 1, arbitrary: fc.constantFrom(...others) },
).chain((name) => {
  const good = fc.constantFrom("goals", "goals/a.md", "12", "HEAD~1", "main..dev");
  const word = fc.oneof(
    { weight: 3, arbitrary: optionOf(name) },
    { weight: 2, arbitrary: good },
    { weight: 1, arbitrary: fc.constantFrom(...values) },
    { weight: 1, arbitrary: hostileText().map((text) => text.slice(0, 50)) },
  );
  const prefix = fc.constantFrom(
    [],
    [],
    ["--no-pager"],
    ["-C", "/tmp"],
    ["-C", "x"],
    ["-c", "a=b"],
    ["-C"],
  );
  return fc.tuple(prefix, fc.array(word, { maxLength: 4 })).map(([before, words]) => {
    const [program, ...rest] = name.split(" ");
    return [program, ...(program === "git" ? before : []), ...rest, ...words];
  });
});

/** What a file operand must be, told from what the list promises. */
function isVisible(path: string): boolean {
  return !path.startsWith("/") && !path.split("/").some((part) => /^\.[^/]/.test(part));
}

fuzz("check_read_only", {
  input: command,
  shares: { accepted: 0.1, refused: 0.3 },
  check(given) {
    const checked = checkReadOnly(given, "/data");
    if (!checked.readOnly) {
      assert(checked.why.length > 0);
      return "refused";
    }
    const rest = withoutInserted(checked.plan.argv);
    assertEquals(rest, withoutGlobals(given), "what is started is not what was given");
    const depth = given[0] === "git" ? 2 : given[0] === "gh" ? 3 : 1;
    const name = rest.slice(0, depth).join(" ");
    const program = PROGRAM_OPTIONS[name];
    assert(program, `the table has no ${name}`);
    assert(["/data", "/tmp"].includes(checked.plan.dir), "workers write elsewhere");
    const { options, operands } = readOptions(rest.slice(depth), program);
    const denied = new Set(program.denied.split(" ").filter(Boolean));
    for (const option of options) assert(!denied.has(option), `${name} gets ${option}`);
    if (program.files) {
      const hasPattern = program.files === "but the first" && !options.includes("e");
      const files = hasPattern ? operands.slice(1) : operands;
      for (const file of files) assert(isVisible(file), `${name} reads ${file}`);
      const { argv, files: places } = checked.plan;
      assertEquals(places.map((place) => argv[place]), files, "not all files are resolved");
    }
    // The old way to ask for the end of a file, which may end in f: it would never end.
    if (name === "tail") assert(!operands.some((word) => /^\+.*f/.test(word)), "it follows a file");
    if (name === "git diff") assert(operands.every((word) => !/^\/|(^|\/)\.\.\//.test(word)));
    if (name === "git branch" || name === "git tag") {
      const lists = options.some((option) => option === "list" || option === "l");
      assert(operands.length === 0 || lists, `${name} makes ${operands[0]}`);
    }
    if (name === "date") {
      assert(operands.every((word) => word.startsWith("+")), "it sets the clock");
    }
    if (/^git (log|show)$/.test(name)) {
      assert(!rest.some((word) => /^--(format|pretty)=.*%[-+ ]*G/.test(word)));
    }
    return "accepted";
  },
});

/** Without what looop puts in to keep git out of submodules. */
function withoutInserted(argv: string[]): string[] {
  const inserted = argv[0] === "git" && argv[2] === "--ignore-submodules=all";
  return inserted ? argv.toSpliced(2, 1) : argv;
}

function withoutGlobals(words: string[]): string[] {
  const rest = [...words];
  if (words[0] !== "git") return rest;
  while (rest[1] === "-C" || rest[1] === "--no-pager") rest.splice(1, rest[1] === "-C" ? 2 : 1);
  return rest;
}
