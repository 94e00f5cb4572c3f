import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { tokenizeCommand } from "../../src/admit/shell_command.ts";
import { bashWords } from "./bash_words.ts";
import { fuzz } from "./fuzz.ts";
import { hostileText, mutated } from "./hostile_text.ts";

// Nothing here may do harm: should the tokenizer be wrong, a bash runs it.
const plain = [
  ...[
    "ls",
    "-l",
    "-la",
    "git",
    "log",
    "--oneline",
    "HEAD~1",
    "HEAD^",
    "HEAD^^~2",
    "a=b",
    "x~",
    "x^y",
  ],
  ...[
    "'a b'",
    '"a b"',
    "'a'\"b\"c",
    "''",
    '""',
    "'$x'",
    "'!'",
    "'#'",
    "--",
    "-",
    ",",
    ".",
    "@",
    "+x",
    "%1",
  ],
];
const odd = [
  ...["a=~", "a:~", "~", "~x", "^x", "@(a)", "a+=b", "a[0]=b", "{a,b}", "{}", "a{1..3}b", "*", "?"],
  ...[
    "[a]",
    "$x",
    "$'a'",
    '$"a"',
    "`id`",
    "$(id)",
    "<(id)",
    "1>x",
    "2>&1",
    "!",
    "!!",
    "if",
    "time",
  ],
  ...["coproc", "function", "select", "in", "do", "[[", "((", '"$x"', '"`id`"', '"a\\b"', "'a\\b'"],
  ...["a\\ b", "#x", "a#b", "x=", "=x", ";", "&", "|", "&&", "(", ")", "<", ">", '"!"'],
];

const word = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...plain) },
  { weight: 1, arbitrary: fc.constantFrom(...odd) },
);

const command = fc.array(word, { maxLength: 6 }).chain((all) =>
  fc.constantFrom(" ", " ", " ", "  ", "", "\t").map((gap) => all.join(gap))
);
const printable = fc.string({ minLength: 1, maxLength: 12 });

let accepted: { command: string; argv: string[] }[] = [];

fuzz("tokenize_command", {
  input: fc.oneof(
    { weight: 6, arbitrary: command },
    { weight: 2, arbitrary: mutated(command) },
    { weight: 2, arbitrary: printable },
    { weight: 1, arbitrary: hostileText() },
  ),
  shares: { accepted: 0.1, refused: 0.3 },
  check(text) {
    const tokens = tokenizeCommand(text);
    if (!tokens.simple) {
      assert(tokens.why.length > 0 && tokens.why.length < text.length + 100);
      assert(!tokens.why.includes("\n"), "the reason is not one line");
      return "refused";
    }
    assert(tokens.argv.length > 0 && tokens.argv[0] !== "", "it names no program");
    if (text.length < 10_000) accepted.push({ command: text, argv: tokens.argv });
    return "accepted";
  },
  async finish() {
    const seen = await bashWords(accepted.map(({ command }) => command));
    for (const [i, { command, argv }] of accepted.entries()) {
      assertEquals(seen[i].words, argv, `bash splits ${JSON.stringify(command)} otherwise`);
      if (seen[i].started === null) continue;
      assertEquals(seen[i].started, argv, `bash starts something else for ${command}`);
    }
    const started = seen.filter(({ started }) => started !== null).length;
    // Of a few inputs chance makes few that start something.
    assert(started > seen.length / 10, `bash started only ${started} of ${seen.length} commands`);
    accepted = [];
  },
});
